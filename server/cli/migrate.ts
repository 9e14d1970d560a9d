import type { Command } from 'commander';
import { beginAnew } from '../../storage/index.js';
import { migrate } from '../../storage/migrations/index.js';
import { loadConfig } from '../config.js';
import { openDatabase } from '../core.js';
import { print } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface MigrateOptions extends OutputOptions {
  readonly restored?: boolean;
}

/**
 * `latchkey migrate`: brings the tables up to date, as every start does. With `--restored` it also begins anew, as
 * `latchkey restore` does: neither sync tokens of changes that are lost, nor sessions and links that were ended since, may become
 * valid again.
 */
export function migrateDatabase(program: Command, shell: Shell): void {
  program
    .command('migrate')
    .description('Bring the database up to date; every start does this by itself')
    .option('--restored', 'the database was restored from a backup: devices have to sync anew')
    .option('--json', 'answer with JSON')
    .action(async (options: MigrateOptions) => {
      const database = await openDatabase(loadConfig(shell.environment));
      try {
        const applied = await migrate(database);
        const restored = options.restored === true;
        if (restored) await database.write((writer) => beginAnew(writer, Date.now()));
        const done = applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`;
        const text = restored ? `${done} Every device syncs anew, and everybody signs in anew.` : done;
        print(shell, options, { applied, restored }, text);
      } finally {
        await database.close();
      }
    });
}
