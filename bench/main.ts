/**
 * The benchmark: Latchkey, a bare Node server and perhaps a server of others as processes of their own, asked by this one,
 * whose work is not counted. Ends with 1 when Latchkey answers wrongly; figures over their ceiling do not fail it, since
 * machines differ.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from './connection.js';
import { accountName, collectionPath, done, fill } from './fill.js';
import { expectStatus } from './expectations.js';
import { runLoad, WrongAnswerError } from './load.js';
import type { LoadOptions, LoadResult } from './load.js';
import { readOptions, usage } from './options.js';
import type { Options } from './options.js';
import { startPeer } from './peers/index.js';
import type { PeerName } from './peers/names.js';
import { canMeasure, memoryMb, peakResidentMb } from './process-usage.js';
import type { RunningServer } from './processes.js';
import { withSetting } from './report-comparisons.js';
import { describeMachine, reportText } from './report.js';
import type { Bare, Memory, Report, Row } from './report.js';
import * as requests from './requests.js';
import { scenarios } from './scenarios/index.js';
import type { Restartable, ScenarioResult } from './scenarios/index.js';
import { startBareServer, startLatchkey } from './servers.js';
import { UsageError } from './usage-error.js';
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
  const parts: Measured[] = [];
  for (const workers of options.workers)
    for (const accounts of options.accounts) parts.push(await measureWith(options, { accounts, workers }));
  return {
    machine: describeMachine(),
    cores: availableParallelism(),
    engine: options.engine,
    workers: options.workers,
    peer: options.peer,
    bare: parts.flatMap(({ bare }) => bare),
    rows: parts.flatMap(({ rows }) => rows),
    scenarios: parts.flatMap((part) => part.scenarios),
    memory: mostOf(parts.map(({ memory }) => memory)),
    tookSeconds: (performance.now() - startedAt) / 1000,
  };
}

const mostOf = (all: readonly Memory[]): Memory => ({
  mostMb: Math.max(...all.map(({ mostMb }) => mostMb)),
  afterFillingMb: Math.max(...all.map(({ afterFillingMb }) => afterFillingMb)),
  peakResidentMb: Math.max(...all.map((memory) => memory.peakResidentMb)),
});

/** What is set for one run of everything. */
type Setting = Pick<Row, 'accounts' | 'workers'>;

interface Measured extends Pick<Report, 'rows' | 'bare' | 'scenarios'> {
  readonly memory: Memory;
}

/** Runs everything against servers that are started for it, and ends them. */
async function measureWith(options: Options, setting: Setting): Promise<Measured> {
  const servers: RunningServer[] = [];
  const started = async <Server extends RunningServer>(server: Promise<Server>): Promise<Server> => {
    servers.push(await server);
    return server;
  };
  try {
    if (setting.accounts > 1) say(`making ${setting.accounts} accounts\n`);
    if (options.workers.length > 1) say(`${setting.workers} processes of the server\n`);
    const latchkey = await started(startLatchkey({ ...options, ...setting, accountName }));
    await fillAll('latchkey', latchkey, options.sizes);
    const afterFillingMb = memoryMb(latchkey.pid);
    const { peer: name } = options;
    const peer = name === undefined ? undefined : await started(peerIn(name));
    if (name !== undefined && peer !== undefined) await fillAll(name, peer, options.sizes);
    const bare = await started(startBareServer(await pollAnswerBytes(latchkey, options)));
    const race = { latchkey, bare, peer, options, setting };
    const { rows, bare: bareFigures } = await measureAll(race);
    const memory = {
      mostMb: Math.max(afterFillingMb, ...rows.map(({ memoryMb: mb }) => mb)),
      afterFillingMb,
      peakResidentMb: peakResidentMb(latchkey.pid),
    };
    return { rows, bare: bareFigures, memory, scenarios: await playAll(race) };
  } finally {
    for (const server of servers.toReversed()) await server.stop();
  }
}

async function peerIn(name: PeerName): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-bench-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const peer = await startPeer(name, folder);
    const stop = async (): Promise<void> => {
      await peer.stop();
      await remove();
    };
    return { ...peer, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The bare server answers with as many bytes as a poll has. */
async function pollAnswerBytes({ target }: RunningServer, { sizes }: Options): Promise<number> {
  const connection = await Connection.open(target.port);
  try {
    const path = collectionPath(target, 'calendars', sizes[0] ?? 0);
    return Buffer.byteLength(await done(connection, expectStatus(requests.poll(target, path), 207)));
  } finally {
    connection.close();
  }
}

async function fillAll(name: string, { target }: RunningServer, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    say(`${name}: filling ${size} events and ${size} cards ... `);
    const startedAt = performance.now();
    await fill(target, size);
    const rate = ((2 * size) / (performance.now() - startedAt)) * 1000;
    say(`${rate.toFixed(0)} a second\n`);
  }
}

interface Race {
  readonly latchkey: Restartable;
  readonly bare: RunningServer;
  readonly peer: RunningServer | undefined;
  readonly options: Options;
  readonly setting: Setting;
}

const bounds = ({ pids, target }: RunningServer, clients: number, measureMs: number): LoadOptions => ({
  port: target.port,
  pids,
  clients,
  warmUpMs: measureMs / 2,
  measureMs,
  maxRequests: UNBOUNDED_REQUESTS,
});

async function measureAll(race: Race): Promise<Pick<Report, 'rows' | 'bare'>> {
  const { only, sizes } = race.options;
  const rows: Row[] = [];
  const bare: Bare[] = [];
  bare.push(await measureBare(race));
  for (const workload of workloads.filter(({ name }) => only.has(name))) {
    // Each time anew, since other work on the machine comes and goes.
    bare.push(await measureBare(race));
    // The sizes follow each other at once, so that they are compared under the same conditions.
    for (const clients of workload.clients)
      for (const size of sizes) rows.push(await measureRow(race, workload, size, clients));
  }
  return { rows, bare };
}

/** What is told once, by Latchkey alone. */
async function playAll({ latchkey, options, setting }: Race): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const { name, title, run } of scenarios.filter((one) => options.only.has(one.name)))
    for (const size of options.sizes) {
      say(`${title}, ${size}\n`);
      const figures = await run({ server: latchkey, size, say });
      results.push({ name, title: withSetting(title, setting), size, accounts: setting.accounts, figures });
    }
  return results;
}

async function measureBare({ bare, options }: Race): Promise<Bare> {
  const query = expectStatus(requests.poll(bare.target, '/'), 207);
  const cpuMsWith = async (clients: number): Promise<number> =>
    (await runLoad(bounds(bare, clients, options.measureMs / 4), () => query)).cpuMsPerRequest;
  return { oneClientMs: await cpuMsWith(1), manyClientsMs: await cpuMsWith(32) };
}

async function measureRow(race: Race, workload: Workload, size: number, clients: number): Promise<Row> {
  const { latchkey, peer, options, setting } = race;
  const { name, title, constant } = workload;
  await latchkey.loopDelay();
  const result = await measureOne(latchkey, options, workload, size, clients);
  const loopDelayP99Ms = (await latchkey.loopDelay())?.p99Ms;
  const peerResult =
    peer === undefined ? undefined : await peersResult(peer, options, workload, size, clients);
  const beside = peerResult === undefined ? '' : `, the peer ${wordsOf(peerResult)}`;
  say(`${title}, ${size}, ${clients} clients: ${result.cpuMsPerRequest.toFixed(3)} CPU ms${beside}\n`);
  const ceilingMs = workload.ceiling(size, clients);
  const figures = { ceilingMs, result, loopDelayP99Ms, memoryMb: memoryMb(latchkey.pid), peerResult };
  return { name, title, size, clients, ...setting, constant, ...figures };
}

const wordsOf = (result: LoadResult | 'wrong'): string =>
  result === 'wrong' ? 'answers wrongly' : result.cpuMsPerRequest.toFixed(3);

/** A peer that answers otherwise than it should is no failure of ours, but has no figure either. */
async function peersResult(
  peer: RunningServer,
  options: Options,
  workload: Workload,
  size: number,
  clients: number,
): Promise<LoadResult | 'wrong'> {
  try {
    return await measureOne(peer, options, workload, size, clients);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`the peer: ${error.message.split('\n')[0] ?? ''}\n`);
    return 'wrong';
  }
}

/** Requests after which a process runs code that is compiled well: with several of them each gets a part of the requests. */
const WARM_AFTER = 3_000;
const warmUpFor = (clients: number, workers: readonly number[]): Pick<LoadOptions, 'warmUpRequests'> =>
  clients > 16 && workers.length > 1 ? { warmUpRequests: WARM_AFTER * Math.max(...workers) } : {};

async function measureOne(
  server: RunningServer,
  { measureMs, workers }: Options,
  { name, observed, maxRequests = UNBOUNDED_REQUESTS, prepare }: Workload,
  size: number,
  clients: number,
): Promise<LoadResult> {
  const { target } = server;
  const connection = await Connection.open(target.port);
  try {
    const next = await prepare({ target, size, connection, run: `${name}-${clients}` });
    const load = { ...bounds(server, clients, measureMs), maxRequests, ...warmUpFor(clients, workers) };
    return await runLoad(observed === undefined ? load : { ...load, observed }, next);
  } finally {
    connection.close();
  }
}

process.exitCode = await main(process.argv.slice(2));
