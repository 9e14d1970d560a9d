import type { Command } from 'commander';
import { AppPasswordId } from '../../storage/index.js';
import { byShell, findAccount, print, UsageError, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface Options extends OutputOptions {
  readonly all?: true;
}

/** `latchkey app-password revoke`: refused from the next request on, also by a server that runs. */
export function appPasswordRevoke(appPasswords: Command, shell: Shell): void {
  appPasswords
    .command('revoke')
    .description('Revoke an app password, or all of an account')
    .argument('<name>', 'login name or mail address of the account')
    .argument('[id]', 'id of the app password, as `list` shows it')
    .option('--all', 'every app password of the account')
    .option('--json', 'answer with JSON')
    .action(async (name: string, id: string | undefined, options: Options) => {
      if ((id === undefined) === (options.all === undefined)) {
        throw new UsageError('Name one app password by its id, or all of them with --all.');
      }
      await withCore(shell, async (core) => {
        const { id: accountId } = await findAccount(core, name);
        if (id === undefined) {
          const revoked = await core.auth.appPasswords.revokeAll(accountId, byShell);
          print(shell, options, { revoked }, `${revoked} revoked.`);
          return;
        }
        await core.auth.appPasswords.revoke(accountId, AppPasswordId(id), byShell);
        print(shell, options, { id }, 'Revoked.');
      });
    });
}
