/**
 * The benchmark: Latchkey and a bare Node server as processes of their own, asked by this one, whose work is not
 * counted. Ends with 1 when an answer is wrong; figures over their ceiling do not fail it, since machines differ.
 */
import { writeFileSync } from 'node:fs';
import { Connection } from './connection.js';
import { accountName, collectionPath, done, fill } from './fill.js';
import { expectStatus } from './expectations.js';
import { runLoad, WrongAnswerError } from './load.js';
import type { LoadOptions } from './load.js';
import { readOptions, usage, UsageError } from './options.js';
import type { Options } from './options.js';
import { canMeasure, memoryOf } from './process-usage.js';
import { describeMachine, reportText } from './report.js';
import type { Report, Row } from './report.js';
import * as requests from './requests.js';
import { startBareServer, startLatchkey } from './servers.js';
import type { RunningServer } from './servers.js';
import { workloads } from './workloads.js';
import type { Workload } from './workloads.js';

const UNBOUNDED_REQUESTS = 200_000;
const say = (text: string): boolean => process.stderr.write(text);

async function main(args: readonly string[]): Promise<number> {
  try {
    if (!canMeasure())
      throw new UsageError('The benchmark reads CPU times in /proc, so it runs on Linux only.');
    const options = readOptions(args);
    const report = await measure(options);
    process.stdout.write(reportText(report));
    if (options.jsonFile !== undefined)
      writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) say(`${error.message}\n\n${usage}`);
    else if (error instanceof WrongAnswerError) say(`\nA wrong answer: ${error.message}\n`);
    else throw error;
    return 1;
  }
}

async function measure(options: Options): Promise<Report> {
  const startedAt = performance.now();
  const latchkey = await startLatchkey(accountName, options.nodeOptions);
  try {
    await fillAll(latchkey, options.sizes);
    const before = await measureBare(latchkey, options);
    const rows = await measureAll(latchkey, options);
    const memory = memoryOf(latchkey.pid);
    // Once more at the end, since other work on the machine comes and goes.
    const bare = [...before, ...(await measureBare(latchkey, options))];
    return {
      machine: describeMachine(),
      bare,
      unitMs: unitOf(bare),
      rows,
      memory,
      tookSeconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    await latchkey.stop();
  }
}

/** The lowest of the runs: what the machine can do when nothing disturbs it, which makes the strictest ceilings. */
const unitOf = (bare: Report['bare']): number =>
  Math.min(...bare.map(({ result }) => result.cpuMsPerRequest));

async function fillAll({ target }: RunningServer, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    say(`filling ${size} events and ${size} cards ... `);
    const startedAt = performance.now();
    await fill(target, size);
    const rate = ((2 * size) / (performance.now() - startedAt)) * 1000;
    say(`${rate.toFixed(0)} a second\n`);
  }
}

/** The bare server answers a poll with as many bytes as Latchkey does. */
async function measureBare(latchkey: RunningServer, options: Options): Promise<Report['bare']> {
  const path = collectionPath('calendars', options.sizes[0] ?? 0);
  const connection = await Connection.open(latchkey.target.port);
  const body = await done(connection, expectStatus(requests.poll(latchkey.target, path), 207));
  connection.close();
  const bare = await startBareServer(Buffer.byteLength(body));
  try {
    const query = expectStatus(requests.poll(bare.target, path), 207);
    const measured: Report['bare'][number][] = [];
    for (const clients of [1, 32]) {
      const result = await runLoad(bounds(bare, clients, options), () => query);
      say(`bare server, ${clients} clients: ${result.cpuMsPerRequest.toFixed(4)} CPU ms\n`);
      measured.push({ clients, result });
    }
    return measured;
  } finally {
    await bare.stop();
  }
}

const bounds = ({ pid, target }: RunningServer, clients: number, { measureMs }: Options): LoadOptions => ({
  port: target.port,
  pid,
  clients,
  warmUpMs: measureMs / 4,
  measureMs,
  maxRequests: UNBOUNDED_REQUESTS,
});

async function measureAll(latchkey: RunningServer, options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const workload of workloads.filter(({ name }) => options.only.has(name))) {
    // The sizes follow each other at once, so that they are compared under the same conditions.
    for (const clients of workload.clients)
      for (const size of options.sizes)
        rows.push(await measureOne(latchkey, options, workload, size, clients));
  }
  return rows;
}

async function measureOne(
  latchkey: RunningServer,
  options: Options,
  workload: Workload,
  size: number,
  clients: number,
): Promise<Row> {
  const { name, title, constant, observed, maxRequests = UNBOUNDED_REQUESTS } = workload;
  const connection = await Connection.open(latchkey.target.port);
  try {
    const next = await workload.prepare({
      target: latchkey.target,
      size,
      connection,
      run: `${name}-${clients}`,
    });
    const load = { ...bounds(latchkey, clients, options), maxRequests };
    const result = await runLoad(observed === undefined ? load : { ...load, observed }, next);
    say(`${title}, ${size}, ${clients} clients: ${result.cpuMsPerRequest.toFixed(3)} CPU ms\n`);
    return { name, title, size, clients, constant, ceilingMs: workload.ceiling(size, clients), result };
  } finally {
    connection.close();
  }
}

process.exitCode = await main(process.argv.slice(2));
