/**
 * Several processes on one machine (`LATCHKEY_WORKERS`): this one starts them, hands them connections in turn (node:cluster),
 * starts another when one dies, and ends them all when it is told to. It serves nothing itself.
 */
import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from './config.js';
import type { Config } from './config.js';
import { exitCodes } from './exit-codes.js';
import type { Log } from './observability/log.js';

/** What this process is to the one that started it. */
export interface Role {
  /** It says on standard output where the server is. */
  readonly greets: boolean;
  /** It does the work that no request waits for. */
  readonly works: boolean;
}

const roleVariable = 'WORKER_ROLE';

/** The role of this process; one that nobody started as a worker does everything. */
export function roleOf(environment: Readonly<Record<string, string | undefined>>): Role {
  const words = (cluster.isWorker ? environment[roleVariable] : undefined)?.split(' ');
  return { greets: words?.includes('greets') ?? true, works: words?.includes('works') ?? true };
}

const AGAIN_AFTER_MS = 1_000;
/** One that dies again and again, as when the database is gone for long, is started less and less often. */
const AGAIN_AT_MOST_AFTER_MS = 60_000;
const STEADY_AFTER_MS = 60_000;

/** Runs the workers until a signal ends them; answers the exit code. */
export async function supervise(config: Config, log: Log, signal: Promise<NodeJS.Signals>): Promise<number> {
  cluster.setupPrimary({ exec: join(projectRoot, 'dist', 'server', 'main.js'), args: [] });
  const workers = new Workers(config, log);
  // The first one makes tables and key where there are none.
  const code = await workers.first();
  if (code !== undefined) return code;
  for (let count = 1; count < config.workers; count += 1) workers.start('');
  log.info({ signal: await signal }, 'draining');
  return workers.end();
}

class Workers {
  private readonly running = new Set<Worker>();
  private worksFor: Worker | undefined;
  private ending = false;
  /** Grows while workers die young. */
  private pause = AGAIN_AFTER_MS;
  private worst: number = exitCodes.ok;

  constructor(
    private readonly config: Config,
    private readonly log: Log,
  ) {}

  /** Starts the first one and waits until it listens; answers its exit code when it ends before. */
  async first(): Promise<number | undefined> {
    const worker = this.fork('greets works');
    const code = await Promise.race([
      once(worker, 'listening').then(() => undefined),
      once(worker, 'exit').then(([exitCode]) => Number(exitCode ?? exitCodes.failure)),
    ]);
    if (code === undefined) this.follow(worker, 'works');
    return code;
  }

  start(role: string): void {
    this.follow(this.fork(role), role);
  }

  /** Each drains by itself. */
  async end(): Promise<number> {
    this.ending = true;
    const ended = [...this.running].map((worker) => once(worker, 'exit'));
    for (const worker of this.running) worker.process.kill('SIGTERM');
    await Promise.all(ended);
    return this.worst;
  }

  private fork(role: string): Worker {
    const worker = cluster.fork({
      [roleVariable]: role,
      LATCHKEY_PORT: String(this.config.port),
      LATCHKEY_BASE_URL: this.config.baseUrl.origin,
    });
    this.running.add(worker);
    if (role.includes('works')) this.worksFor = worker;
    this.log.info({ pid: worker.process.pid, role }, 'worker started');
    return worker;
  }

  private follow(worker: Worker, role: string): void {
    const startedAt = performance.now();
    worker.once('exit', (code: number | null, signal: string | null) => {
      this.running.delete(worker);
      if (this.ending) {
        // One that had not begun to serve simply ends at the signal.
        const its = signal === 'SIGTERM' ? exitCodes.ok : (code ?? exitCodes.failure);
        this.worst = Math.max(this.worst, its);
        return;
      }
      this.log.error({ pid: worker.process.pid, code, signal }, 'worker died; another one is started');
      if (performance.now() - startedAt >= STEADY_AFTER_MS) this.pause = AGAIN_AFTER_MS;
      void this.again(this.worksFor === worker ? 'works' : role);
    });
  }

  private async again(role: string): Promise<void> {
    const { pause } = this;
    this.pause = Math.min(pause * 2, AGAIN_AT_MOST_AFTER_MS);
    await delay(pause);
    if (!this.ending) this.start(role);
  }
}
