import type { Command } from 'commander';
import { byShell, findAccount, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

/** `latchkey account disable`. */
export function accountDisable(accounts: Command, shell: Shell): void {
  accounts
    .command('disable')
    .description('Refuse an account everywhere, at once; nothing is deleted')
    .argument('<name>', 'login name or mail address')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: OutputOptions) => {
      await withCore(shell, async (core) => {
        const account = await findAccount(core, name);
        await core.auth.accounts.disable(account.id, byShell);
        print(
          shell,
          options,
          { id: account.id, name: account.name },
          `The account ${account.name} is disabled.`,
        );
      });
    });
}
