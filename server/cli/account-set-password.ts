import type { Command } from 'commander';
import { passwordFrom } from './password-input.js';
import { byShell, findAccount, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface Options extends OutputOptions {
  readonly passwordFile?: string;
}

/** `latchkey account set-password`. */
export function accountSetPassword(accounts: Command, shell: Shell): void {
  accounts
    .command('set-password')
    .description('Set the login password of an account and end its sessions')
    .argument('<name>', 'login name or mail address')
    .option('--password-file <file>', 'file with the login password; - reads standard input')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: Options) => {
      const password = await passwordFrom(options.passwordFile);
      await withCore(shell, async (core) => {
        const account = await findAccount(core, name);
        await core.auth.accounts.setPassword(account.id, password, byShell);
        print(
          shell,
          options,
          { id: account.id, name: account.name },
          `The password of ${account.name} is set.`,
        );
      });
    });
}
