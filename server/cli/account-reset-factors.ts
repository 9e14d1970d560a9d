import type { Command } from 'commander';
import { byShell, findAccount, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

/** `latchkey account reset-factors`. */
export function accountResetFactors(accounts: Command, shell: Shell): void {
  accounts
    .command('reset-factors')
    .description(
      'Remove the passkeys, authenticator apps and recovery codes of an account whose holder has lost them',
    )
    .argument('<name>', 'login name or mail address')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: OutputOptions) => {
      await withCore(shell, async (core) => {
        const account = await findAccount(core, name);
        await core.auth.accounts.resetFactors(account.id, byShell);
        print(
          shell,
          options,
          { id: account.id, name: account.name },
          `Two-step verification of ${account.name} is off; it is set up anew at the next sign-in.`,
        );
      });
    });
}
