import type { Command } from 'commander';
import { byShell, findAccount, print, UsageError, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface Options extends OutputOptions {
  readonly yes?: true;
}

/** `latchkey account delete`. */
export function accountDelete(accounts: Command, shell: Shell): void {
  accounts
    .command('delete')
    .description('Delete an account with all that is in it; its name stays taken')
    .argument('<name>', 'login name or mail address')
    .option('--yes', 'it is really to be deleted: nothing brings it back')
    .option('--json', 'answer with JSON')
    .action(async (name: string, { yes, ...options }: Options) => {
      if (yes !== true)
        throw new UsageError('Nothing brings a deleted account back. Say --yes if it is to be deleted.');
      await withCore(shell, async (core) => {
        const account = await findAccount(core, name);
        await core.auth.accounts.remove(account.id, byShell);
        print(
          shell,
          options,
          { id: account.id, name: account.name },
          `The account ${account.name} is deleted. A running server removes what it stored, little by little.`,
        );
      });
    });
}
