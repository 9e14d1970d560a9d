/** The figures as tables in Markdown, so that they can go into the documentation as they are. */
import { cpus, totalmem } from 'node:os';
import type { LoadResult } from './load.js';
import { accountsTable, growthTable, withSetting, workersTable } from './report-comparisons.js';
import { significant, table } from './report-table.js';
import type { ScenarioResult } from './scenarios/index.js';

/** What the bare server takes where the ceilings were set, in CPU ms a request. */
export const REFERENCE_BARE_MS = 0.045;

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly size: number;
  readonly clients: number;
  /** In the database. */
  readonly accounts: number;
  /** Processes of the server. */
  readonly workers: number;
  readonly constant: boolean;
  /** As it was set, for the reference machine. */
  readonly ceilingMs: number | undefined;
  readonly result: LoadResult;
  /** How long the event loop kept timers waiting meanwhile. */
  readonly loopDelayP99Ms: number | undefined;
  /** Of the server afterwards (PSS). */
  readonly memoryMb: number;
  /** Of the peer, asked just afterwards; undefined where there is none. */
  readonly peerResult: LoadResult | 'wrong' | undefined;
}

/** CPU ms of a request to the bare server: with one client it is woken for each, with many it always has work. */
export interface Bare {
  readonly oneClientMs: number;
  readonly manyClientsMs: number;
}

/** Of the server, in MB. */
export interface Memory {
  /** The most that it had after any of the workloads (PSS). */
  readonly mostMb: number;
  readonly afterFillingMb: number;
  readonly peakResidentMb: number;
}

export interface Report {
  readonly machine: string;
  readonly engine: string;
  readonly cores: number;
  readonly workers: readonly number[];
  readonly peer: string | undefined;
  /** One for each workload, measured just before it. */
  readonly bare: readonly Bare[];
  readonly rows: readonly Row[];
  readonly scenarios: readonly ScenarioResult[];
  readonly memory: Memory;
  readonly tookSeconds: number;
}

export function describeMachine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${gigabytes} GB, Node ${process.versions.node}, ${process.platform}`;
}

/** The lowest of all: what the machine can do when nothing disturbs it, which makes the strictest comparison. */
function leastOf(bare: readonly Bare[]): Bare {
  return {
    oneClientMs: Math.min(...bare.map(({ oneClientMs }) => oneClientMs)),
    manyClientsMs: Math.min(...bare.map(({ manyClientsMs }) => manyClientsMs)),
  };
}

/** The ceiling on this machine, by what the bare server takes when it always has work: the stricter way. */
const scaled = (ceilingMs: number, { manyClientsMs }: Bare): number =>
  (ceilingMs * manyClientsMs) / REFERENCE_BARE_MS;

const timesBare = ({ result, clients }: Row, { oneClientMs, manyClientsMs }: Bare): number =>
  result.cpuMsPerRequest / (clients === 1 ? oneClientMs : manyClientsMs);

function verdict({ result }: Row, ceilingMs: number): string {
  const share = result.cpuMsPerRequest / ceilingMs;
  if (share <= 1) return 'within';
  return share <= 2 ? 'within twice' : `OVER (${share.toFixed(1)} x)`;
}

export function reportText(report: Report): string {
  return [
    `${report.machine}. ${report.engine}, processes of the server: ${report.workers.join(', ')}.`,
    '',
    bareText(report),
    '',
    ...mainTable(report),
    '',
    ...peerTable(report),
    ...listingTable(report),
    ...growthTable(report),
    ...accountsTable(report),
    ...workersTable(report),
    ...scenarioTable(report),
    memoryText(report.memory),
    `Took ${report.tookSeconds.toFixed(0)} s.`,
    '',
  ].join('\n');
}

function memoryText({ mostMb, afterFillingMb, peakResidentMb }: Memory): string {
  const [most, filled, resident] = [mostMb, afterFillingMb, peakResidentMb].map((mb) => mb.toFixed(0));
  return `Memory of the server (PSS): ${most ?? ''} MB at most after a workload, ${filled ?? ''} MB after filling. Ceiling 150 MB. Peak resident, each mapping of the database counted (VmHWM): ${resident ?? ''} MB.`;
}

function bareText({ bare }: Report): string {
  const { oneClientMs, manyClientsMs } = leastOf(bare);
  const most = Math.max(...bare.map((one) => one.manyClientsMs));
  const factor = manyClientsMs / REFERENCE_BARE_MS;
  return [
    `Bare Node server, CPU ms a request: ${oneClientMs.toFixed(4)} with 1 client, ${manyClientsMs.toFixed(4)} with 32`,
    ` (least of ${bare.length}, the most was ${most.toFixed(4)}). Ceilings are scaled by ${factor.toFixed(2)}.`,
  ].join('');
}

function mainTable({ rows, bare }: Report): string[] {
  const least = leastOf(bare);
  const head = [
    'workload',
    'size',
    'clients',
    'CPU ms',
    'x bare',
    'scaled ceiling',
    'verdict',
    'p50 ms',
    'p99 ms',
    'a second',
    'loop p99 ms',
    'memory MB',
  ];
  const lines = rows.flatMap((row) => {
    const { title, size, clients, ceilingMs, result } = row;
    if (ceilingMs === undefined) return [];
    const ceiling = scaled(ceilingMs, least);
    const figures = [result.cpuMsPerRequest, timesBare(row, least), ceiling].map(significant);
    const cells = [...figures, verdict(row, ceiling), ...latencies(result)];
    const loop = row.loopDelayP99Ms === undefined ? '' : significant(row.loopDelayP99Ms);
    const memory = row.memoryMb.toFixed(0);
    return [[withSetting(title, row), String(size), String(clients), ...cells, loop, memory]];
  });
  return table(head, lines);
}

const latencies = (result: LoadResult): string[] => [
  significant(result.p50Ms),
  significant(result.p99Ms),
  result.requestsPerSecond.toFixed(0),
];

/** A scenario's figures, each with its ceiling where it has one. They are not scaled: what people notice is the same anywhere. */
function scenarioTable({ scenarios }: Report): string[] {
  if (scenarios.length === 0) return [];
  const lines = scenarios.flatMap(({ title, size, figures }) =>
    figures.map(({ what, value, unit, ceiling }) => {
      const cells = [title, String(size), what, `${significant(value)} ${unit}`];
      if (ceiling === undefined) return [...cells, '', ''];
      return [...cells, `${ceiling} ${unit}`, value <= ceiling ? 'within' : 'OVER'];
    }),
  );
  return [...table(['scenario', 'size', 'what', 'figure', 'ceiling', 'verdict'], lines), ''];
}

/** The peer beside Latchkey, each in the same run. */
function peerTable({ rows, peer }: Report): string[] {
  if (peer === undefined) return [];
  const head = [
    'workload',
    'size',
    'clients',
    'Latchkey CPU ms',
    `${peer} CPU ms`,
    'ratio',
    `${peer} p50 ms`,
  ];
  const lines = rows.flatMap(({ title, size, clients, result, peerResult }) => {
    if (peerResult === undefined) return [];
    const own = [title, String(size), String(clients), significant(result.cpuMsPerRequest)];
    if (peerResult === 'wrong') return [[...own, 'answers wrongly', '', '']];
    const ratio = `${significant(peerResult.cpuMsPerRequest / result.cpuMsPerRequest)} x`;
    return [[...own, significant(peerResult.cpuMsPerRequest), ratio, significant(peerResult.p50Ms)]];
  });
  return [...table(head, lines), ''];
}

/** How soon a listing begins, and how long it holds up others: both are bounded whatever the size. */
function listingTable({ rows }: Report): string[] {
  const beginnings = rows.filter(({ name }) => name === 'list' || name === 'initial');
  const besides = rows.filter(({ name }) => name === 'beside');
  if (beginnings.length + besides.length === 0) return [];
  return [
    ...table(
      ['streaming', 'size', 'p50 ms', 'p99 ms', 'most ms'],
      [
        ...beginnings.map(({ title, size, result }) => [
          `first byte, ${title}`,
          String(size),
          significant(result.firstByteP50Ms),
          significant(result.firstByteP99Ms),
          '',
        ]),
        ...besides.map(({ title, size, result }) => [
          title,
          String(size),
          ...latencies(result).slice(0, 2),
          significant(result.maxMs),
        ]),
      ],
    ),
    '',
  ];
}
