/**
 * Storage and accounts, put together: what the server stands on, and all that the `latchkey` command needs. Several
 * processes may have it open at a time.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createAuth, openKeyring } from '../auth/index.js';
import type { Auth, Keyring } from '../auth/index.js';
import { createDefaultCollections } from '../dav/index.js';
import { ensureMeta } from '../storage/index.js';
import type { Database, OpenedDatabase, StorageObserver } from '../storage/index.js';
import { migrate } from '../storage/migrations/index.js';
import type { PostgresOptions } from '../storage/postgres/index.js';
import { openSqlite } from '../storage/sqlite/index.js';
import type { SqliteOptions } from '../storage/sqlite/index.js';
import { ConfigError } from './config.js';
import type { Config } from './config.js';
import type { Log } from './observability/log.js';

export interface Core {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  /** The database's epoch, part of every sync token. */
  readonly epoch: string;
  readonly auth: Auth;
  readonly keyring: Keyring;
  /** Writes what is still in memory and closes the database. */
  dispose(): Promise<void>;
}

/** Who measures or traces what is asked of the database. */
export interface Instruments {
  readonly observer: StorageObserver | undefined;
  /** The same database, measured or traced. */
  readonly measured: (opened: OpenedDatabase) => Database;
}

/**
 * Opens the database, brings its tables up to date, and checks the server key.
 * @throws ConfigError when a folder or file cannot be used
 * @throws KeyringError when the key is missing, damaged or not the database's
 * @throws NewerDatabaseError when the database was made by a newer version
 * @throws StorageBusyError when another process holds the database too long
 */
export async function openCore(config: Config, log: Log, instruments?: Instruments): Promise<Core> {
  const opened = await openDatabase(config, instruments?.observer);
  const database = instruments?.measured(opened) ?? opened;
  try {
    const applied = await migrate(opened);
    if (applied.length > 0) log.info({ applied }, 'database migrated');
    const { epoch } = await ensureMeta(database);
    const { auth, keyring } = await openAuth(config, log, database);
    const dispose = async (): Promise<void> => {
      try {
        await auth.close();
      } finally {
        await database.close();
      }
    };
    return { config, log, database, epoch, auth, keyring, dispose };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens the database where the configuration says it is. The one place that knows which engines there are. */
export async function openDatabase(
  { database, databaseConnections }: Pick<Config, 'database' | 'databaseConnections'>,
  observer?: StorageObserver,
): Promise<OpenedDatabase> {
  return database.kind === 'sqlite'
    ? openFile({ file: database.path, observer })
    : openServer({ url: database.url, connections: databaseConnections, observer });
}

/** The file's folder is made when it is not there. */
async function openFile(options: SqliteOptions): Promise<OpenedDatabase> {
  const { file } = options;
  await makeFolder(dirname(file));
  try {
    return await openSqlite(options);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new ConfigError(`The database ${file} cannot be opened (${code}): check the file and its folder.`, {
      cause: error,
    });
  }
}

async function openServer(options: PostgresOptions): Promise<OpenedDatabase> {
  // Its driver is 5 MB of memory that a server on SQLite does not need.
  const { openPostgres, UnusableServerError } = await import('../storage/postgres/index.js');
  try {
    return await openPostgres(options);
  } catch (error) {
    if (error instanceof UnusableServerError)
      throw new ConfigError(`DATABASE_URL: ${error.message}`, { cause: error });
    throw error;
  }
}

async function openAuth(
  config: Config,
  log: Log,
  database: Database,
): Promise<Pick<Core, 'auth' | 'keyring'>> {
  await makeFolder(dirname(config.secretFile));
  const keyring = await openKeyring({
    file: config.secretFile,
    database,
    onWarning: (sentence) => log.warn(sentence),
  });
  const auth = createAuth({
    database,
    keyring,
    baseUrl: config.baseUrl,
    allowInsecure: config.allowInsecure,
    registration: config.registration ?? undefined,
    mails: config.smtp !== null,
    onAccountCreated: (writer, { id }) => createDefaultCollections(writer, id, Date.now()),
    onActivity: (accountId, { event, actor }) => log.info({ accountId, event, actor }, 'activity'),
    onError: (error, doing) => log.error({ err: error, doing }, 'work beside the requests failed'),
  });
  return { auth, keyring };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConfigError(`The folder ${folder} cannot be made (${codeOf(error) ?? 'unknown error'}).`, {
      cause: error,
    });
  }
}

/** The code of an error of the system or of SQLite. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
