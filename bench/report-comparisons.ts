/** What the same work takes in other surroundings: a larger collection, more accounts, more processes. */
import type { Report, Row } from './report.js';
import { significant, table } from './report-table.js';

/** What more processes make of two cores, at least. */
const LEAST_GAIN = 1.6;

/** A title with what is unusual about the server. */
export function withSetting(title: string, { accounts, workers }: Pick<Row, 'accounts' | 'workers'>): string {
  const settings = [
    ...(accounts === 1 ? [] : [`${accounts} accounts`]),
    ...(workers === 1 ? [] : [`${workers} processes`]),
  ];
  return settings.length === 0 ? title : `${title} (${settings.join(', ')})`;
}

/** The ratio to the row of the same work where only that is different, and a verdict; undefined where there is none. */
function growthFrom(
  before: Row,
  rows: readonly Row[],
  different: Partial<Pick<Row, 'size' | 'accounts'>>,
): readonly string[] | undefined {
  const { name, size, clients, accounts, workers } = { ...before, ...different };
  const after = rows.find(
    (row) =>
      row.name === name &&
      row.size === size &&
      row.clients === clients &&
      row.accounts === accounts &&
      row.workers === workers,
  );
  if (after === undefined) return undefined;
  const ratio = after.result.cpuMsPerRequest / before.result.cpuMsPerRequest;
  return [ratio.toFixed(2), ratio <= 1.2 ? 'flat' : 'GROWS'];
}

/** What must not grow with the accounts in the database. */
export function accountsTable({ rows }: Report): string[] {
  const counts = [...new Set(rows.map(({ accounts }) => accounts))].toSorted((a, b) => a - b);
  const [few, many] = [counts.at(0), counts.at(-1)];
  if (few === undefined || many === undefined || few === many) return [];
  const lines = rows
    .filter((row) => row.constant && row.accounts === few)
    .flatMap((before) => {
      const growth = growthFrom(before, rows, { accounts: many });
      return growth === undefined
        ? []
        : [[before.title, String(before.size), String(before.clients), ...growth]];
    });
  return [
    ...table([`CPU at ${many} accounts to ${few}`, 'size', 'clients', 'ratio', 'at most 1.20'], lines),
    '',
  ];
}

/** What must not grow: the same work in a small and in a large collection. */
export function growthTable({ rows }: Report): string[] {
  const sizes = [...new Set(rows.map(({ size }) => size))].toSorted((a, b) => a - b);
  const [small, large] = [sizes.at(0), sizes.at(-1)];
  if (small === undefined || large === undefined || small === large) return [];
  const lines = rows
    .filter((row) => row.constant && row.size === small)
    .flatMap((before) => {
      const growth = growthFrom(before, rows, { size: large });
      return growth === undefined
        ? []
        : [[withSetting(before.title, before), String(before.clients), ...growth]];
    });
  if (lines.length === 0) return [];
  return [...table([`CPU at ${large} to CPU at ${small}`, 'clients', 'ratio', 'at most 1.20'], lines), ''];
}

/**
 * Requests a second that the machine would answer if nothing else ran on it: bounded by all its cores, and by the thread
 * that has most to do, which has one. The load generator's own time is in neither.
 */
function capacityOf({ result }: Row, cores: number): number {
  return Math.min((cores * 1000) / result.cpuMsPerRequest, 1000 / result.busiestMsPerRequest);
}

/** What more processes gain, where there are clients enough to keep them busy. */
export function workersTable({ rows, cores }: Report): string[] {
  const counts = [...new Set(rows.map(({ workers }) => workers))].toSorted((a, b) => a - b);
  const [few, many] = [counts.at(0), counts.at(-1)];
  if (few === undefined || many === undefined || few === many) return [];
  const lines = rows
    .filter(({ workers, clients }) => workers === few && clients >= 16)
    .flatMap((before) => {
      const after = rows.find(
        ({ name, size, clients, accounts, workers }) =>
          name === before.name &&
          size === before.size &&
          clients === before.clients &&
          accounts === before.accounts &&
          workers === many,
      );
      if (after === undefined) return [];
      const [one, more] = [before, after].map((row) => capacityOf(row, cores)) as [number, number];
      const gain = more / one;
      const cpu = [before, after].flatMap(({ result }) =>
        [result.cpuMsPerRequest, result.busiestMsPerRequest].map(significant),
      );
      const verdict = before.name === 'mixed' ? (gain >= LEAST_GAIN ? 'reached' : 'MISSED') : '';
      const name = [before.title, String(before.size), String(before.clients)];
      return [[...name, ...cpu, one.toFixed(0), more.toFixed(0), gain.toFixed(2), verdict]];
    });
  if (lines.length === 0) return [];
  const head = [few, many].flatMap((count) => [`CPU ms, ${count}`, `busiest thread, ${count}`]);
  const capacities = [few, many].map((count) => `a second on ${cores} cores, ${count}`);
  const columns = [
    'processes',
    'size',
    'clients',
    ...head,
    ...capacities,
    'gain',
    `at least ${LEAST_GAIN.toFixed(1)}`,
  ];
  return [...table(columns, lines), ''];
}
