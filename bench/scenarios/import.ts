/**
 * Somebody brings along what was elsewhere: calendar objects as long as the server takes, and as many bytes again as events
 * one behind another. Others go on meanwhile, and are not to notice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../connection.js';
import type { TimedAnswer } from '../connection.js';
import { makeNewEvent } from '../data/events.js';
import { makeLargeEvent } from '../data/large-calendar.js';
import { expectStatus } from '../expectations.js';
import { collectionPath, done } from '../fill.js';
import { quantile, WrongAnswerError } from '../load.js';
import { mostMemoryDuring } from '../memory-watch.js';
import { memoryMb } from '../process-usage.js';
import * as requests from '../requests.js';
import { mixture, tokenOf } from '../workloads.js';
import type { Scene } from '../workloads.js';
import type { Figure, Scenario, Stage } from './scenario.js';

/** Of the server, for one object (LATCHKEY_MAX_RESOURCE_SIZE by default). */
const MOST_BYTES = 10 * 1024 * 1024;
const LARGE_OBJECTS = 4;
const EVENTS_BYTES = 10 * 1024 * 1024;
const EVENTS_WITHIN_MS = 20_000;
const QUIET_MS = 3_000;
const OTHERS = 4;
/** Between an answer and the next request of each of the others. */
const THINK_MS = 8;
const P99_CEILING_MS = 50;

export const importing: Scenario = {
  name: 'import',
  title: 'import beside other clients',
  run: async (stage) => {
    const connection = await Connection.open(stage.server.target.port);
    try {
      const figures: Figure[] = [];
      const mostMb = await mostMemoryDuring(stage.server.pid, async () => {
        figures.push(...(await bringAlong(stage, connection)));
      });
      return [
        ...figures,
        { what: 'memory at most, the thread included', value: mostMb, unit: 'MB' },
        { what: 'memory afterwards', value: memoryMb(stage.server.pid), unit: 'MB' },
      ];
    } finally {
      connection.close();
    }
  },
};

async function bringAlong({ server, size, say }: Stage, connection: Connection): Promise<Figure[]> {
  const { target } = server;
  const scene: Scene = { target, size, connection, run: `import-${process.pid}` };
  const figures: Figure[] = [];
  const beside = async (what: string, work: () => Promise<unknown>, ceiling?: number): Promise<void> => {
    await server.loopDelay();
    const times = await othersDuring({ ...scene, run: `${scene.run}-beside-${figures.length}` }, work);
    const loop = await server.loopDelay();
    const [p99, most] = [quantile(times, 0.99), times.at(-1) ?? Number.NaN];
    const stall = loop === undefined ? '' : `, event loop ${loop.mostMs.toFixed(0)} ms at most`;
    say(
      `others, ${what}: ${times.length} requests, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)}${stall}\n`,
    );
    figures.push(
      {
        what: `p99 of others, ${what}`,
        value: p99,
        unit: 'ms',
        ...(ceiling === undefined ? {} : { ceiling }),
      },
      { what: `slowest of others, ${what}`, value: most, unit: 'ms' },
    );
  };
  await beside('nothing else under way', () => delay(QUIET_MS));
  const large = Array.from({ length: LARGE_OBJECTS }, (_, index) =>
    makeLargeEvent(scene.run, index, MOST_BYTES),
  );
  const sizeMb = (large[0]?.body.length ?? 0) / 1e6;
  const path = pathOf(scene);
  // Made before, since what holds up this process would be taken for what the others wait for.
  const puts = large.map(({ name, body }) => ({
    name,
    bytes: requests.put(target, 'calendars', path + name, body),
  }));
  const adds = large.map((_, index) =>
    requests.add(target, 'calendars', path, makeLargeEvent(`${scene.run}-added`, index, MOST_BYTES).body),
  );
  const seconds: number[] = [];
  await beside(
    `${LARGE_OBJECTS} objects of ${sizeMb.toFixed(1)} MB put`,
    async () => {
      for (const { name, bytes } of puts) seconds.push(await putLarge(scene, name, bytes));
    },
    P99_CEILING_MS,
  );
  await beside(
    'as many added by POST, all of them read and deleted',
    async () => {
      for (const [index, bytes] of adds.entries()) {
        await addLarge(scene, bytes);
        const put = large[index];
        if (put !== undefined) await readAndDelete(scene, put.name, put.body);
      }
    },
    P99_CEILING_MS,
  );
  let put = 0;
  await beside(
    'events put one behind another, 10 MB',
    async () => {
      put = await putEvents(scene);
    },
    P99_CEILING_MS,
  );
  say(`${put} events put\n`);
  return [
    ...figures,
    { what: `one object of ${sizeMb.toFixed(1)} MB, slowest`, value: Math.max(...seconds), unit: 's' },
  ];
}

/** What the others' requests took while the work was under way, in order. */
async function othersDuring(scene: Scene, work: () => Promise<unknown>): Promise<number[]> {
  const next = await mixture(scene);
  const connections = await Promise.all(
    Array.from({ length: OTHERS }, () => Connection.open(scene.target.port)),
  );
  const times: number[] = [];
  let isOver = false;
  const ask = async (connection: Connection, client: number): Promise<void> => {
    while (!isOver) {
      const query = next(client);
      const answer = await connection.ask(query.bytes);
      const fault = query.fault(answer);
      if (fault !== undefined) throw new WrongAnswerError(fault, query.bytes, answer);
      times.push(answer.ms);
      await delay(THINK_MS);
    }
  };
  const during = async (): Promise<void> => {
    try {
      await work();
    } finally {
      isOver = true;
    }
  };
  try {
    await Promise.all([during(), ...connections.map(ask)]);
  } finally {
    for (const connection of connections) connection.close();
  }
  return times.toSorted((a, b) => a - b);
}

const pathOf = ({ target, size }: Scene): string => collectionPath(target, 'calendars', size);

/** Seconds until it was acknowledged; that others can see it is looked at too. */
async function putLarge(scene: Scene, name: string, bytes: Buffer): Promise<number> {
  const { target, connection } = scene;
  const path = pathOf(scene);
  const token = await tokenOf(scene, path);
  const answer = await connection.ask(bytes);
  if (answer.status !== 201) throw new WrongAnswerError(`expected 201, came ${answer.status}`, bytes, answer);
  const told = await connection.ask(requests.sync(target, path, token));
  if (!told.body.includes(name)) throw new Error('a synchronization does not tell of what was put');
  return answer.ms / 1000;
}

async function addLarge(scene: Scene, bytes: Buffer): Promise<void> {
  const answer = await scene.connection.ask(bytes);
  const location = /^location: *(\S+)/im.exec(answer.head)?.[1];
  if (answer.status !== 201 || location === undefined)
    throw new WrongAnswerError(`expected 201 and a Location, came ${answer.status}`, bytes, answer);
  await remove(scene, location);
}

async function readAndDelete(scene: Scene, name: string, body: string): Promise<void> {
  const { target, connection } = scene;
  const path = pathOf(scene) + name;
  const bytes = requests.request(target, { method: 'GET', path });
  const same = ({ status, body: came }: TimedAnswer): string | undefined =>
    status === 200 && came.length === body.length && came.equals(Buffer.from(body, 'latin1'))
      ? undefined
      : `expected what was put, came ${status}`;
  await done(connection, { bytes, fault: same });
  await remove(scene, path);
}

async function remove({ target, connection }: Scene, path: string): Promise<void> {
  await done(connection, expectStatus(requests.request(target, { method: 'DELETE', path }), 204));
}

/** How many were put, each acknowledged before the next one is sent; bounded in time. */
async function putEvents(scene: Scene): Promise<number> {
  const { target, connection } = scene;
  const path = pathOf(scene);
  const token = await tokenOf(scene, path);
  const until = performance.now() + EVENTS_WITHIN_MS;
  let sent = 0;
  let count = 0;
  while (sent < EVENTS_BYTES && performance.now() < until) {
    const { name, body } = makeNewEvent(`${scene.run}-events`, count);
    await done(connection, expectStatus(requests.put(target, 'calendars', path + name, body), 201));
    sent += body.length;
    count += 1;
  }
  // The others have put some too.
  const told = await done(connection, {
    bytes: requests.sync(target, path, token),
    fault: ({ status }) => (status === 207 ? undefined : `expected 207, came ${status}`),
  });
  const ours = told.match(new RegExp(`new-${scene.run}-events-`, 'g'))?.length ?? 0;
  if (ours !== count) throw new Error(`${count} events were put, ${ours} are told of`);
  return count;
}
