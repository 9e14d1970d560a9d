/** Connections that write, each of which sees to it that what was acknowledged survives. */
import { Connection, type ConnectionOptions } from './connection.js';

export interface WritingOptions extends Pick<ConnectionOptions, 'file' | 'cacheKilobytes'> {
  /** Largest size of the file. */
  readonly maxPages: number | undefined;
}

export function openWriting({ file, cacheKilobytes, maxPages }: WritingOptions): Connection {
  const connection = new Connection({ file, readonly: false, cacheKilobytes });
  try {
    connection.pragma('journal_mode = WAL');
    // better-sqlite3 is compiled to NORMAL in WAL mode, which may lose acknowledged commits when power fails.
    connection.pragma('synchronous = FULL');
    // What a savepoint or a statement may have to take back: from 64 KiB on it would go into a file, made for each unit.
    connection.pragma('temp_store = MEMORY');
    connection.pragma('wal_autocheckpoint = 1000');
    if (maxPages !== undefined) connection.pragma(`max_page_count = ${maxPages}`);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
