/** A database whose reads and units of work somebody stands around. */
import type { Database } from '../../../storage/index.js';

export type Operation = 'read' | 'write';

/** Does the work by `call`, and is told each time that the database begins with it. */
export type Watch = <Result>(
  operation: Operation,
  call: (begins: () => void) => Promise<Result>,
) => Promise<Result>;

export const watchedDatabase = (database: Database, watch: Watch): Database => ({
  concurrentReads: database.concurrentReads,
  changes: database.changes,
  read: (work, options) =>
    watch('read', (begins) =>
      database.read((reader) => {
        begins();
        return work(reader);
      }, options),
    ),
  write: (work, options) =>
    watch('write', (begins) =>
      database.write((writer) => {
        begins();
        return work(writer);
      }, options),
    ),
  alone: (work) => database.alone(work),
  ping: () => database.ping(),
  close: () => database.close(),
});
