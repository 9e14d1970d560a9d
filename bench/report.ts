/** The figures as tables in Markdown, so that they can go into the documentation as they are. */
import { cpus, totalmem } from 'node:os';
import type { LoadResult } from './load.js';

/** What the bare server takes where the ceilings were set, in CPU ms a request. */
export const REFERENCE_BARE_MS = 0.045;

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly size: number;
  readonly clients: number;
  /** In the database. */
  readonly accounts: number;
  readonly constant: boolean;
  /** As it was set, for the reference machine. */
  readonly ceilingMs: number | undefined;
  readonly result: LoadResult;
  /** How long the event loop kept timers waiting meanwhile. */
  readonly loopDelayP99Ms: number | undefined;
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
  readonly workers: number;
  readonly peer: string | undefined;
  /** One for each workload, measured just before it. */
  readonly bare: readonly Bare[];
  readonly rows: readonly Row[];
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
    `${report.machine}. ${report.engine}, ${report.workers} process${report.workers === 1 ? '' : 'es'}.`,
    '',
    bareText(report),
    '',
    ...mainTable(report),
    '',
    ...peerTable(report),
    ...listingTable(report),
    ...growthTable(report),
    ...accountsTable(report),
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
  ];
  const lines = rows.flatMap((row) => {
    const { title, size, clients, ceilingMs, result } = row;
    if (ceilingMs === undefined) return [];
    const ceiling = scaled(ceilingMs, least);
    const figures = [result.cpuMsPerRequest, timesBare(row, least), ceiling].map(significant);
    const cells = [...figures, verdict(row, ceiling), ...latencies(result)];
    const loop = row.loopDelayP99Ms === undefined ? '' : significant(row.loopDelayP99Ms);
    return [[withAccounts(title, row.accounts), String(size), String(clients), ...cells, loop]];
  });
  return table(head, lines);
}

const latencies = (result: LoadResult): string[] => [
  significant(result.p50Ms),
  significant(result.p99Ms),
  result.requestsPerSecond.toFixed(0),
];

const withAccounts = (title: string, accounts: number): string =>
  accounts === 1 ? title : `${title} (${accounts} accounts)`;

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

/** What must not grow with the accounts in the database. */
function accountsTable({ rows }: Report): string[] {
  const counts = [...new Set(rows.map(({ accounts }) => accounts))].toSorted((a, b) => a - b);
  const [few, many] = [counts.at(0), counts.at(-1)];
  if (few === undefined || many === undefined || few === many) return [];
  const lines = rows
    .filter((row) => row.constant && row.accounts === few)
    .flatMap((before) => {
      const after = rows.find(
        ({ name, size, clients, accounts }) =>
          name === before.name && size === before.size && clients === before.clients && accounts === many,
      );
      if (after === undefined) return [];
      const ratio = after.result.cpuMsPerRequest / before.result.cpuMsPerRequest;
      const cells = [before.title, String(before.size), String(before.clients), ratio.toFixed(2)];
      return [[...cells, ratio <= 1.2 ? 'flat' : 'GROWS']];
    });
  return [
    ...table([`CPU at ${many} accounts to ${few}`, 'size', 'clients', 'ratio', 'at most 1.20'], lines),
    '',
  ];
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

/** What must not grow: the same work in a small and in a large collection. */
function growthTable({ rows }: Report): string[] {
  const sizes = [...new Set(rows.map(({ size }) => size))].toSorted((a, b) => a - b);
  const [small, large] = [sizes.at(0), sizes.at(-1)];
  if (small === undefined || large === undefined || small === large) return [];
  const lines = rows
    .filter((row) => row.constant && row.size === small)
    .flatMap((before) => {
      const after = rows.find(
        ({ name, size, clients, accounts }) =>
          name === before.name &&
          size === large &&
          clients === before.clients &&
          accounts === before.accounts,
      );
      if (after === undefined) return [];
      const ratio = after.result.cpuMsPerRequest / before.result.cpuMsPerRequest;
      return [
        [
          withAccounts(before.title, before.accounts),
          String(before.clients),
          ratio.toFixed(2),
          ratio <= 1.2 ? 'flat' : 'GROWS',
        ],
      ];
    });
  if (lines.length === 0) return [];
  return [...table([`CPU at ${large} to CPU at ${small}`, 'clients', 'ratio', 'at most 1.20'], lines), ''];
}

function significant(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
