import { Option } from 'commander';
import type { Command } from 'commander';
import type { Service } from '../../auth/index.js';
import { AppPasswordId } from '../../storage/index.js';
import { parseExpiryOrNever, parseServices } from './app-password-options.js';
import { byShell, findAccount, print, UsageError, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface Options extends OutputOptions {
  readonly label?: string;
  readonly services?: ReadonlySet<Service>;
  readonly access?: 'write' | 'read';
  readonly addresses?: string;
  readonly expires?: number | 'never';
}

/** `latchkey app-password change`: it counts from the next request on, also for a server that runs. What is not named stays. */
export function appPasswordChange(appPasswords: Command, shell: Shell): void {
  appPasswords
    .command('change')
    .description('Change what an app password may do; the device keeps its password')
    .argument('<name>', 'login name or mail address of the account')
    .argument('<id>', 'id of the app password, as `list` shows it')
    .option('--label <label>', 'what it is for, such as the device')
    .option('--services <services>', 'calendars, contacts, or both', parseServices)
    .addOption(new Option('--access <access>', 'what it may do').choices(['write', 'read']))
    .option('--addresses <networks>', 'from where it is taken, with commas between them; empty for anywhere')
    .option('--expires <date>', 'last day in UTC, a time with zone, or never', parseExpiryOrNever)
    .option('--json', 'answer with JSON')
    .action(async (name: string, id: string, options: Options) => {
      await withCore(shell, async (core) => {
        const { id: accountId } = await findAccount(core, name);
        const { appPasswords: all } = core.auth;
        const now = await all.get(accountId, AppPasswordId(id));
        if (now === undefined) throw new UsageError('There is no such app password of this account.');
        const { label, services, access, collections, addresses, expiresAt } = now;
        const { expires = expiresAt } = options;
        await all.change(
          accountId,
          now.id,
          {
            label: options.label ?? label,
            services: options.services ?? services,
            access: options.access ?? access,
            collections,
            addresses: options.addresses ?? addresses.join(' '),
            expiresAt: expires === 'never' ? undefined : expires,
          },
          byShell,
        );
        print(shell, options, { id }, 'Changed.');
      });
    });
}
