import type { Command } from 'commander';
import { passwordFromFile } from './password-input.js';
import { byShell, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface Options extends OutputOptions {
  readonly email?: string;
  readonly displayName?: string;
  readonly admin?: true;
  readonly passwordFile?: string;
}

/** `latchkey account add`. Without a password file the account gets a link with which its holder sets one. */
export function accountAdd(accounts: Command, shell: Shell): void {
  accounts
    .command('add')
    .description('Make an account')
    .argument('<name>', 'login name')
    .option('--email <address>', 'mail address; it signs in too')
    .option('--display-name <name>', 'name for people')
    .option('--admin', 'an administrator')
    .option('--password-file <file>', 'file with the login password; - reads standard input')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: Options) => {
      const { email, displayName, admin, passwordFile } = options;
      const password = passwordFile === undefined ? undefined : await passwordFromFile(passwordFile);
      await withCore(shell, async ({ auth }) => {
        const account = await auth.accounts.create(
          { name, email, displayName, isAdmin: admin, password },
          byShell,
        );
        const answer = { id: account.id, name: account.name };
        if (options.json === true || password !== undefined) {
          print(shell, options, answer, `The account ${account.name} is made.`);
          return;
        }
        const { url } = await auth.links.reset(account.id, byShell);
        print(
          shell,
          options,
          answer,
          `The account ${account.name} is made. Within 15 minutes, set its password at\n  ${url}`,
        );
      });
    });
}
