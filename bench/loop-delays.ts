/** Asks the server's processes how long their event loops kept timers waiting (see `loop-delay.ts`). */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { family } from './process-usage.js';

/** How long timers were kept waiting, in ms. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly mostMs: number;
}

const ANSWER_WITHIN_MS = 2_000;
const preload = new URL('./loop-delay.js', import.meta.url);

export class LoopDelays {
  /** For the server's Node. */
  readonly nodeOptions = ['--import', preload.href];
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, 'loop-delays');
    mkdirSync(this.#folder);
    this.env = { BENCH_LOOP_DELAY_FOLDER: this.#folder };
  }

  /** The worst of the processes since this was asked last; undefined where none answers. */
  async seen(pid: number): Promise<LoopDelay | undefined> {
    const asked = family(pid).map((id) => ({ id, file: join(this.#folder, String(id)) }));
    for (const { id, file } of asked) {
      rmSync(file, { force: true });
      process.kill(id, 'SIGUSR2');
    }
    const deadline = performance.now() + ANSWER_WITHIN_MS;
    while (asked.some(({ file }) => !existsSync(file)) && performance.now() < deadline) await delay(20);
    const delays = asked.flatMap(({ file }) => delayIn(file));
    if (delays.length === 0) return undefined;
    return {
      p99Ms: Math.max(...delays.map(({ p99Ms }) => p99Ms)),
      mostMs: Math.max(...delays.map(({ mostMs }) => mostMs)),
    };
  }
}

/** One that is being written is not there yet. */
function delayIn(file: string): LoopDelay[] {
  try {
    return [JSON.parse(readFileSync(file, 'utf8')) as LoopDelay];
  } catch {
    return [];
  }
}
