/**
 * Loaded into the server's processes by `--import`: tells how long timers were kept waiting by the event loop. At SIGUSR2 it
 * writes what it has seen since the last one, in milliseconds, to a file with the process' id as its name.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;

const folder = process.env['BENCH_LOOP_DELAY_FOLDER'];
if (folder !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  process.on('SIGUSR2', () => {
    // It tells the time between two samples, of which the resolution is meant to pass.
    const delayOf = (sample: number): number => Math.max(0, sample / NS_PER_MS - RESOLUTION_MS);
    const seen = { p99Ms: delayOf(histogram.percentile(99)), mostMs: delayOf(histogram.max) };
    histogram.reset();
    writeFileSync(join(folder, String(process.pid)), JSON.stringify(seen));
  });
}
