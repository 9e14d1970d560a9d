/** Asks the server's processes how long their event loops kept timers waiting (see `loop-delay.ts`). */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { family } from './process-usage.js';

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

  /** The worst of the processes since this was asked last: the 99th percentile, in ms; undefined where none answers. */
  async p99(pid: number): Promise<number | undefined> {
    const asked = family(pid).map((id) => ({ id, file: join(this.#folder, String(id)) }));
    for (const { id, file } of asked) {
      rmSync(file, { force: true });
      process.kill(id, 'SIGUSR2');
    }
    const deadline = performance.now() + ANSWER_WITHIN_MS;
    while (asked.some(({ file }) => !existsSync(file)) && performance.now() < deadline) await delay(20);
    const delays = asked.flatMap(({ file }) => numberIn(file));
    return delays.length === 0 ? undefined : Math.max(...delays);
  }
}

function numberIn(file: string): number[] {
  try {
    const value = Number(readFileSync(file, 'utf8') || Number.NaN);
    return Number.isNaN(value) ? [] : [value];
  } catch {
    return [];
  }
}
