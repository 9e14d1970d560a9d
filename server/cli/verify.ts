import type { Command } from 'commander';
import { reindexStaleObjects, verifyStored } from '../../dav/index.js';
import { forgetIndexes } from '../../storage/index.js';
import type { Fault } from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { loadConfig } from '../config.js';
import { openDatabase } from '../core.js';
import { exitCodes } from '../exit-codes.js';
import { ProgressBar } from './progress-bar.js';
import { print } from './shell.js';
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
      const database = await openDatabase(loadConfig(shell.environment));
      try {
        await migrate(database);
        const bar = new ProgressBar(shell.terminal);
        const faults: Fault[] = [];
        let count = 0;
        for await (const fault of verifyStored(database, (at) => bar.show({ table: 'object', ...at }))) {
          count += 1;
          if (faults.length < MAX_TOLD) faults.push(fault);
        }
        const repaired = options.repair === true && faults.some(({ kind }) => kind === 'index');
        if (repaired) {
          for (const { kind, accountId, collection } of faults)
            if (kind === 'index' && accountId !== null && collection !== null)
              await database.write((writer) => forgetIndexes(writer, accountId, collection));
          await reindexStaleObjects(database, new AbortController().signal);
        }
        const left = repaired ? faults.filter(({ kind }) => kind !== 'index') : faults;
        print(shell, options, { faults: count, repaired, told: faults }, report(count, faults, repaired));
        if (left.length > 0) shell.exitCode = exitCodes.failure;
      } finally {
        await database.close();
      }
    });
}

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
