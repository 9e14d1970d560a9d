import type { Command } from 'commander';
import { foldName } from '../../auth/index.js';
import { exitCodes } from '../exit-codes.js';
import { inUseSinceBefore } from '../earlier-names.js';
import { DataError } from '../failures.js';
import { byShell, findAccount, instant, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';
import { table } from './table.js';

interface ReleaseOptions extends OutputOptions {
  readonly yes?: true;
}

/** `latchkey account rename`. The name from before goes on working, until `release-name`. */
export function accountRename(accounts: Command, shell: Shell): void {
  accounts
    .command('rename')
    .description('Give an account another login name; the one from before goes on working, on devices too')
    .argument('<name>', 'login name or mail address')
    .argument('<new-name>', 'the login name that it is to have')
    .option('--json', 'answer with JSON')
    .action(async (given: string, newName: string, options: OutputOptions) => {
      await withCore(shell, async (core) => {
        const before = await findAccount(core, given);
        const { id, name } = await core.auth.administration.rename(before.id, newName, byShell);
        const told = `The account ${before.name} is called ${name} now. Devices go on under the name that they know; nobody else can take it.`;
        print(shell, options, { id, name, earlier: before.name }, told);
      });
    });
}

/** `latchkey account release-name`: tells first which app passwords may still be used with the name. */
export function accountReleaseName(accounts: Command, shell: Shell): void {
  accounts
    .command('release-name')
    .description('Give a name free that an account had before it was renamed')
    .argument('<name>', 'login name or mail address')
    .argument('<earlier-name>', 'the name that is to be free')
    .option('--yes', 'although app passwords are in use that were made while the account was called so')
    .option('--json', 'answer with JSON')
    .action(async (given: string, earlier: string, { yes, ...options }: ReleaseOptions) => {
      await withCore(shell, async (core) => {
        const { auth } = core;
        const { id, name, earlierNames } = await findAccount(core, given);
        const found = earlierNames.find((each) => foldName(each.name) === foldName(earlier));
        if (found === undefined) throw new DataError(`${name} was never called ${JSON.stringify(earlier)}.`);
        const used = inUseSinceBefore(await auth.appPasswords.list(id), found.until, Date.now());
        const devices = used.map(({ id: of, label, lastUsedAt }) => ({
          id: of,
          label,
          lastUsedAt: instant(lastUsedAt),
        }));
        if (used.length > 0 && yes !== true) {
          const rows = devices.map((each) => [each.id, each.label, each.lastUsedAt ?? 'never']);
          const list = table(['ID', 'LABEL', 'LAST USED'], rows);
          const text = `${list}\nThese app passwords are from the time when the account was called ${found.name}: devices that use them with that name would be refused. Nothing was changed; --yes does it all the same.`;
          print(shell, options, { released: false, devices }, text);
          shell.exitCode = exitCodes.failure;
          return;
        }
        await auth.administration.releaseName(id, found.name, byShell);
        print(shell, options, { released: true, devices }, `The name ${found.name} is free.`);
      });
    });
}
