import type { Command } from 'commander';
import { reindexStaleObjects, verifyStored } from '../../dav/index.js';
import { forgetIndexes } from '../../storage/index.js';
import type { AccountId, Fault } from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { loadConfig } from '../config.js';
import { openDatabase } from '../core.js';
import { exitCodes } from '../exit-codes.js';
import { ProgressBar } from './progress-bar.js';
import { print, refuseMissing } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface VerifyOptions extends OutputOptions {
  readonly repair?: true;
}

const MAX_TOLD = 1_000;

/** `latchkey verify`: looks through everything that is stored, while the server runs, and repairs indexes where that is asked for. */
export function verifyCommand(program: Command, shell: Shell): void {
  program
    .command('verify')
    .description(
      'Check everything that is stored: bytes, ETags, indexes, revisions, references; the server may run',
    )
    .option('--repair', 'make indexes anew where they are wrong')
    .option('--json', 'answer with JSON')
    .action(async (options: VerifyOptions) => {
      const config = loadConfig(shell.environment);
      refuseMissing(config);
      const database = await openDatabase(config);
      try {
        await migrate(database);
        const bar = new ProgressBar(shell.terminal);
        const faults: Fault[] = [];
        const wrongIndexes = new Map<string, IndexFault>();
        let count = 0;
        let others = 0;
        for await (const fault of verifyStored(database, (at) => bar.show({ table: 'object', ...at }))) {
          count += 1;
          if (faults.length < MAX_TOLD) faults.push(fault);
          if (isOfIndex(fault)) wrongIndexes.set(`${fault.accountId} ${fault.collection}`, fault);
          else others += 1;
        }
        const repaired = options.repair === true && wrongIndexes.size > 0;
        if (repaired) {
          for (const { accountId, collection } of wrongIndexes.values())
            await database.write((writer) => forgetIndexes(writer, accountId, collection));
          await reindexStaleObjects(database, new AbortController().signal);
        }
        const left = repaired ? others : count;
        print(shell, options, { faults: count, repaired, told: faults }, report(count, faults, repaired));
        if (left > 0) shell.exitCode = exitCodes.failure;
      } finally {
        await database.close();
      }
    });
}

type IndexFault = Fault & { readonly accountId: AccountId; readonly collection: string };
const isOfIndex = (fault: Fault): fault is IndexFault =>
  fault.kind === 'index' && fault.accountId !== null && fault.collection !== null;

function report(count: number, faults: readonly Fault[], repaired: boolean): string {
  if (count === 0) return 'Everything is as it should be.';
  const lines = faults.map(({ accountId, collection, object, sentence }) => {
    const where = [accountId === null ? undefined : `account ${accountId}`, collection, object];
    return [...where.filter((part) => part !== undefined && part !== null), sentence].join(': ');
  });
  const more = count > faults.length ? [`... and ${count - faults.length} more.`] : [];
  const done = repaired ? ['The indexes were made anew.'] : [];
  return [...lines, ...more, ...done].join('\n');
}
