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
import { canMeasure, memoryMb, peakResidentMb } from './process-usage.js';
import { describeMachine, reportText } from './report.js';
import type { Bare, Report, Row } from './report.js';
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
    const afterFillingMb = memoryMb(latchkey.pid);
    const bare = await startBareServer(await pollAnswerBytes(latchkey, options));
    try {
      const { rows, bare: unit, mostMb } = await measureAll({ latchkey, bare, options });
      return {
        machine: describeMachine(),
        bare: unit,
        rows,
        memory: { mostMb, afterFillingMb, peakResidentMb: peakResidentMb(latchkey.pid) },
        tookSeconds: (performance.now() - startedAt) / 1000,
      };
    } finally {
      await bare.stop();
    }
  } finally {
    await latchkey.stop();
  }
}

/** The bare server answers with as many bytes as a poll has. */
async function pollAnswerBytes({ target }: RunningServer, { sizes }: Options): Promise<number> {
  const connection = await Connection.open(target.port);
  try {
    const path = collectionPath('calendars', sizes[0] ?? 0);
    return Buffer.byteLength(await done(connection, expectStatus(requests.poll(target, path), 207)));
  } finally {
    connection.close();
  }
}

async function fillAll({ target }: RunningServer, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    say(`filling ${size} events and ${size} cards ... `);
    const startedAt = performance.now();
    await fill(target, size);
    const rate = ((2 * size) / (performance.now() - startedAt)) * 1000;
    say(`${rate.toFixed(0)} a second\n`);
  }
}

interface Race {
  readonly latchkey: RunningServer;
  readonly bare: RunningServer;
  readonly options: Options;
}

const bounds = ({ pid, target }: RunningServer, clients: number, measureMs: number): LoadOptions => ({
  port: target.port,
  pid,
  clients,
  warmUpMs: measureMs / 2,
  measureMs,
  maxRequests: UNBOUNDED_REQUESTS,
});

interface Measured extends Pick<Report, 'rows' | 'bare'> {
  readonly mostMb: number;
}

async function measureAll(race: Race): Promise<Measured> {
  const { only, sizes } = race.options;
  let mostMb = 0;
  const rows: Row[] = [];
  const bare: Bare[] = [];
  await measureBare(race);
  for (const workload of workloads.filter(({ name }) => only.has(name))) {
    // Each time anew, since other work on the machine comes and goes.
    bare.push(await measureBare(race));
    // The sizes follow each other at once, so that they are compared under the same conditions.
    for (const clients of workload.clients)
      for (const size of sizes) {
        rows.push(await measureOne(race, workload, size, clients));
        mostMb = Math.max(mostMb, memoryMb(race.latchkey.pid));
      }
  }
  return { rows, bare, mostMb };
}

async function measureBare({ bare, options }: Race): Promise<Bare> {
  const query = expectStatus(requests.poll(bare.target, '/'), 207);
  const cpuMsWith = async (clients: number): Promise<number> =>
    (await runLoad(bounds(bare, clients, options.measureMs / 4), () => query)).cpuMsPerRequest;
  return { oneClientMs: await cpuMsWith(1), manyClientsMs: await cpuMsWith(32) };
}

async function measureOne(
  { latchkey, options }: Race,
  workload: Workload,
  size: number,
  clients: number,
): Promise<Row> {
  const { name, title, constant, observed, maxRequests = UNBOUNDED_REQUESTS } = workload;
  const { target } = latchkey;
  const connection = await Connection.open(target.port);
  try {
    const next = await workload.prepare({ target, size, connection, run: `${name}-${clients}` });
    const load = { ...bounds(latchkey, clients, options.measureMs), maxRequests };
    const result = await runLoad(observed === undefined ? load : { ...load, observed }, next);
    say(`${title}, ${size}, ${clients} clients: ${result.cpuMsPerRequest.toFixed(3)} CPU ms\n`);
    return { name, title, size, clients, constant, ceilingMs: workload.ceiling(size, clients), result };
  } finally {
    connection.close();
  }
}

process.exitCode = await main(process.argv.slice(2));
