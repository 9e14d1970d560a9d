import type { Command } from 'commander';
import { quotaOfAccount, setQuotaOfAccount, usedBytes } from '../../storage/index.js';
import { size } from '../setting-kinds.js';
import { findAccount, print, UsageError, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

const kind = size(0, Number.MAX_SAFE_INTEGER);

/** `latchkey account quota`. */
export function accountQuota(accounts: Command, shell: Shell): void {
  accounts
    .command('quota')
    .description('Show how much an account may store, or set it')
    .argument('<name>', 'login name or mail address')
    .argument('[size]', 'such as 500M; "default" for the limit of the server')
    .option('--json', 'answer with JSON')
    .action(async (name: string, given: string | undefined, options: OutputOptions) => {
      const wanted = given === undefined ? undefined : readQuota(given);
      await withCore(shell, async (core) => {
        const { database, config } = core;
        const { id, name: login } = await findAccount(core, name);
        if (wanted !== undefined) await database.write((writer) => setQuotaOfAccount(writer, id, wanted));
        const { own, used } = await database.read(async (reader) => ({
          own: await quotaOfAccount(reader, id),
          used: await usedBytes(reader, id),
        }));
        const quota = own ?? config.quotaBytes;
        const limit = quota === null ? 'without limit' : `of ${quota}`;
        const source = own === null ? 'the limit of the server' : 'a limit of its own';
        const text = `The account ${login} uses ${used} bytes ${limit} (${source}).`;
        print(shell, options, { id, name: login, used, quota, own: own !== null }, text);
      });
    });
}

/** Bytes, or null for the limit of the server. @throws UsageError */
function readQuota(given: string): number | null {
  if (given === 'default') return null;
  const { success, data } = kind.schema.safeParse(given);
  if (success) return data;
  throw new UsageError(`The quota is ${JSON.stringify(given)}: expected ${kind.expected}, or default.`);
}
