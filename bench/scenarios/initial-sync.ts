/**
 * A client that meets a calendar for the first time: it asks for all that is there (RFC 6578), whole and in pieces of its own
 * choice, and then gets the objects, a hundred at a time. The server was just started, so that its memory is what this takes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../connection.js';
import { expectResponses } from '../expectations.js';
import { collectionPath, done } from '../fill.js';
import { WrongAnswerError } from '../load.js';
import { mostMemoryDuring } from '../memory-watch.js';
import { cpuMs, memoryMb } from '../process-usage.js';
import * as requests from '../requests.js';
import type { Target } from '../requests.js';
import type { Figure, Scenario, Stage } from './scenario.js';

const PIECE = 1_000;
const MULTIGET = 100;
/** After the start: what is done beside has been done by then. */
const SETTLED_AFTER_MS = 1_500;

export const initialSync: Scenario = {
  name: 'initial-sync',
  title: 'first synchronization of a calendar',
  run: async ({ server, size, say }) => {
    await server.restart();
    const { target } = server;
    const path = collectionPath(target, 'calendars', size);
    const connection = await Connection.open(target.port);
    try {
      await delay(SETTLED_AFTER_MS);
      await connection.ask(requests.poll(target, path));
      const beforeMb = memoryMb(server.pid);
      const steps: Figure[] = [];
      const mostMb = await mostMemoryDuring(server.pid, async () => {
        steps.push(...(await synchronize({ server, say }, connection, path)));
      });
      return [
        ...steps,
        { what: 'memory before', value: beforeMb, unit: 'MB' },
        { what: 'growth of memory', value: mostMb - beforeMb, unit: 'MB', ceiling: 64 },
      ];
    } finally {
      connection.close();
    }
  },
};

async function synchronize(
  { server, say }: Pick<Stage, 'server' | 'say'>,
  connection: Connection,
  path: string,
): Promise<Figure[]> {
  const { target } = server;
  const figures: Figure[] = [];
  const timed = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    const [cpuBefore, startedAt] = [cpuMs(server.pids), performance.now()];
    const result = await work();
    const seconds = (performance.now() - startedAt) / 1000;
    const used = cpuMs(server.pids) - cpuBefore;
    say(`${what}: ${seconds.toFixed(1)} s, ${used.toFixed(0)} CPU ms\n`);
    figures.push({ what, value: used, unit: 'CPU ms' });
    return result;
  };
  const hrefs = await timed('sync-collection of all', () => syncWhole(target, connection, path));
  await timed(`sync-collection in pieces of ${PIECE}`, () => syncInPieces(target, connection, path, hrefs));
  await timed(`multigets of ${MULTIGET}, all objects`, () => getAll(target, connection, path, hrefs));
  return figures;
}

async function syncWhole(target: Target, connection: Connection, path: string): Promise<string[]> {
  const listed = await done(connection, { bytes: requests.list(target, path), fault: () => undefined });
  const members = (listed.match(/getetag>"/g) ?? []).length;
  return hrefsIn(
    await done(connection, expectResponses(requests.sync(target, path, ''), members, 'getetag>"')),
  );
}

/** RFC 6578 §3.6: where the answer was cut, the request-URI itself is told with 507, and the token goes on from there. */
async function syncInPieces(
  target: Target,
  connection: Connection,
  path: string,
  all: readonly string[],
): Promise<void> {
  const told = new Set<string>();
  let token = '';
  for (let pieces = 0; pieces <= all.length / PIECE + 1; pieces += 1) {
    const bytes = requests.sync(target, path, token, PIECE);
    const answer = await connection.ask(bytes);
    const body = answer.body.toString();
    const isCut = body.includes(' 507 ');
    for (const href of hrefsIn(body)) if (href !== path) told.add(href);
    const next = /sync-token>([^<]+)<[^>]*sync-token>/.exec(body.slice(-300))?.[1];
    if (answer.status !== 207 || next === undefined)
      throw new WrongAnswerError(`expected 207 and a token, came ${answer.status}`, bytes, answer);
    token = next;
    if (isCut) continue;
    if (told.size === all.length && all.every((href) => told.has(href))) return;
    throw new WrongAnswerError(`expected ${all.length} members, came ${told.size}`, bytes, answer);
  }
  throw new Error('the pieces of a synchronization come to no end');
}

async function getAll(
  target: Target,
  connection: Connection,
  path: string,
  hrefs: readonly string[],
): Promise<void> {
  for (let start = 0; start < hrefs.length; start += MULTIGET) {
    const names = hrefs.slice(start, start + MULTIGET).map((href) => href.slice(path.length));
    const bytes = requests.multiget(target, path, names);
    await done(connection, expectResponses(bytes, names.length, 'END:VCALENDAR'));
  }
}

const hrefsIn = (body: string): string[] =>
  [...body.matchAll(/<(?:[\w-]+:)?href>([^<]+)</g)].map(([, href]) => href ?? '');
