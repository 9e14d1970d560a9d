import type { Command } from 'commander';
import { migrate } from '../../storage/migrations/index.js';
import { loadConfig } from '../config.js';
import { openDatabase } from '../core.js';
import { print } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

/** `latchkey migrate`: brings the tables up to date, as every start does. */
export function migrateDatabase(program: Command, shell: Shell): void {
  program
    .command('migrate')
    .description('Bring the database up to date; every start does this by itself')
    .option('--json', 'answer with JSON')
    .action(async (options: OutputOptions) => {
      const database = await openDatabase(loadConfig(shell.environment));
      try {
        const applied = await migrate(database);
        const text = applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`;
        print(shell, options, { applied }, text);
      } finally {
        await database.close();
      }
    });
}
