import { Option } from 'commander';
import type { Command } from 'commander';
import type { Service } from '../../auth/index.js';
import { parseServices } from './app-password-options.js';
import { parseEnd } from './instant-options.js';
import { byShell, findAccount, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface Options extends OutputOptions {
  readonly label: string;
  readonly services: ReadonlySet<Service>;
  readonly access: 'write' | 'read';
  readonly addresses?: string;
  readonly expires?: number;
}

/** `latchkey app-password add`: the one way to an app password without two-step verification, for whoever has the shell. */
export function appPasswordAdd(appPasswords: Command, shell: Shell): void {
  appPasswords
    .command('add')
    .description('Make an app password and show it, this once')
    .argument('<name>', 'login name or mail address of the account')
    .requiredOption('--label <label>', 'what it is for, such as the device')
    .option(
      '--services <services>',
      'calendars, contacts, or both',
      parseServices,
      new Set<Service>(['calendars', 'contacts']),
    )
    .addOption(new Option('--access <access>', 'what it may do').choices(['write', 'read']).default('write'))
    .option(
      '--addresses <networks>',
      'from where it is taken, with commas between them; anywhere if left out',
    )
    .option('--expires <date>', 'last day in UTC, or a time with zone', parseEnd)
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: Options) => {
      const { label, services, access, addresses, expires: expiresAt } = options;
      await withCore(shell, async (core) => {
        const account = await findAccount(core, name);
        const made = await core.auth.appPasswords.create(
          account.id,
          { label, services, access, addresses, expiresAt },
          byShell,
        );
        const { id } = made.appPassword;
        print(
          shell,
          options,
          { id, secret: made.secret },
          `${made.secret}\n\nIt cannot be shown again. Its id is ${id}.`,
        );
      });
    });
}
