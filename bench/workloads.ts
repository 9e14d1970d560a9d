/** What is measured: each workload with the ceilings that performance sets for it, and the requests it is made of. */
import type { Connection } from './connection.js';
import { makeNewCard, soughtCards, soughtEmail } from './data/cards.js';
import { basicDate } from './data/days.js';
import { makeEvent, makeNewEvent, queriedWeek } from './data/events.js';
import { expectResponses, expectStatus } from './expectations.js';
import { collectionPath, done } from './fill.js';
import type { NextQuery, Query } from './load.js';
import { seededRandom, wholeNumber } from './random.js';
import type { Random } from './random.js';
import * as requests from './requests.js';
import type { Home, Target } from './requests.js';

export interface Workload {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  readonly clients: readonly number[];
  /** CPU ms of a request on a machine on which the bare server takes 0.045 ms; undefined where none is set. */
  readonly ceiling: (size: number, clients: number) => number | undefined;
  /** Whether the cost may not grow with the collection. */
  readonly constant: boolean;
  /** Bounds what writing adds. */
  readonly maxRequests?: number;
  /** Clients whose answers are timed; all where it is left out. */
  readonly observed?: (client: number) => boolean;
  readonly prepare: (scene: Scene) => Promise<NextQuery>;
}

/** The collections of one size, and a connection to ask what a workload needs to know before. */
export interface Scene {
  readonly target: Target;
  readonly size: number;
  readonly connection: Connection;
  /** Different for each preparation, for names that nobody has. */
  readonly run: string;
}

const calendar = ({ target, size }: Scene): string => collectionPath(target, 'calendars', size);
const addressBook = ({ target, size }: Scene): string => collectionPath(target, 'addressbooks', size);
const linear =
  (atThousand: number, atTenThousand: number) =>
  (size: number): number =>
    atThousand + ((atTenThousand - atThousand) * (size - 1000)) / 9000;
const always =
  (query: Query): NextQuery =>
  () =>
    query;

const pollQuery = ({ target }: Scene, path: string): Query =>
  expectResponses(requests.poll(target, path), 1, 'sync-token>', 2);

/** The token of the collection as it is. */
export async function tokenOf(scene: Scene, path: string): Promise<string> {
  const body = await done(scene.connection, pollQuery(scene, path));
  const token = /sync-token>([^<]+)</.exec(body)?.[1];
  if (token === undefined) throw new Error(`no sync token in ${body}`);
  return token;
}

/** How many members the collection has now, when writing workloads have been at work, and how many ETags a listing tells. */
async function membersOf(
  { target, connection }: Scene,
  path: string,
): Promise<{ readonly members: number; readonly etags: number }> {
  const body = (await connection.ask(requests.list(target, path))).body.toString('latin1');
  const count = (pattern: RegExp): number => body.match(pattern)?.length ?? 0;
  const members = count(/<\/(?:[\w-]+:)?response>/g) - 1;
  const etags = count(/getetag>"/g);
  // Some servers give the collection itself one too.
  if (etags !== members && etags !== members + 1) throw new Error(`${members} members have ${etags} ETags`);
  return { members, etags };
}

async function changeOnce(scene: Scene): Promise<Query> {
  const { target, connection, run } = scene;
  const path = calendar(scene);
  const token = await tokenOf(scene, path);
  const { name, body } = makeNewEvent(run, 1);
  await done(connection, expectStatus(requests.put(target, 'calendars', path + name, body), 201));
  return expectResponses(requests.sync(target, path, token), 1, 'getetag>"');
}

async function listing(scene: Scene): Promise<Query> {
  const path = calendar(scene);
  const { members, etags } = await membersOf(scene, path);
  return expectResponses(requests.list(scene.target, path), members + 1, 'getetag>"', etags);
}

function multigetOf(scene: Scene, random: Random, count: number): Query {
  const indexes = new Set<number>();
  while (indexes.size < count) indexes.add(wholeNumber(random, scene.size));
  const names = [...indexes].map((index) => `event-${index}.ics`);
  return expectResponses(requests.multiget(scene.target, calendar(scene), names), count, 'END:VCALENDAR');
}

function putting(scene: Scene, home: Home): () => Query {
  const { target, run } = scene;
  const make = home === 'calendars' ? makeNewEvent : makeNewCard;
  let made = 2;
  return () => {
    const { name, body } = make(run, made);
    made += 1;
    return expectStatus(
      requests.put(target, home, collectionPath(target, home, scene.size) + name, body),
      201,
    );
  };
}

/** Events of the queried week; those that a change for a synchronization has added lie far from it. */
function weekQuery(scene: Scene): Query {
  const { firstDay, lastDay } = queriedWeek;
  let expected = 0;
  for (let index = 0; index < scene.size; index += 1)
    if (makeEvent(index, scene.size).occursIn(firstDay, lastDay)) expected += 1;
  const [start, end] = [firstDay, lastDay + 1].map((day) => `${basicDate(day)}T000000Z`);
  const bytes = requests.timeRangeQuery(scene.target, calendar(scene), start ?? '', end ?? '');
  return expectResponses(bytes, expected, 'END:VCALENDAR');
}

/** 70 % poll, 15 % sync from where the client was, 10 % multiget of ten, 5 % new events. */
export async function mixture(scene: Scene): Promise<NextQuery> {
  const path = calendar(scene);
  const random = seededRandom(5);
  const polling = pollQuery(scene, path);
  const writing = putting(scene, 'calendars');
  const start = await tokenOf(scene, path);
  const tokens = new Map<number, string>();
  const syncing = (client: number): Query => ({
    bytes: requests.sync(scene.target, path, tokens.get(client) ?? start),
    fault: ({ status, body }) => {
      const token = /sync-token>([^<]+)<[^>]*sync-token>/.exec(
        body.toString('latin1', body.length - 300),
      )?.[1];
      if (status !== 207 || token === undefined) return `expected 207 and a token, came ${status}`;
      tokens.set(client, token);
      return undefined;
    },
  });
  return (client) => {
    const draw = random();
    if (draw < 0.7) return polling;
    if (draw < 0.85) return syncing(client);
    return draw < 0.95 ? multigetOf(scene, random, 10) : writing();
  };
}

/** Reading before writing, so that what is read has the size that it is said to have. */
export const workloads: readonly Workload[] = [
  {
    name: 'poll',
    title: 'poll: PROPFIND 0, getctag + sync-token',
    clients: [1, 32],
    ceiling: () => 0.22,
    constant: true,
    prepare: async (scene) => always(pollQuery(scene, calendar(scene))),
  },
  {
    name: 'list',
    title: 'list: PROPFIND 1 getetag',
    clients: [1],
    ceiling: linear(4, 35),
    constant: false,
    prepare: async (scene) => always(await listing(scene)),
  },
  {
    name: 'beside',
    title: 'poll while another client lists',
    clients: [2],
    ceiling: () => undefined,
    constant: false,
    observed: (client) => client > 0,
    prepare: async (scene) => {
      const [lists, polls] = [await listing(scene), pollQuery(scene, calendar(scene))];
      return (client) => (client === 0 ? lists : polls);
    },
  },
  {
    name: 'multiget',
    title: 'multiget of 100 events',
    clients: [1],
    ceiling: () => 2.5,
    constant: true,
    prepare: async (scene) => {
      const random = seededRandom(3);
      return () => multigetOf(scene, random, 100);
    },
  },
  {
    name: 'query',
    title: 'calendar-query of one week',
    clients: [1],
    ceiling: () => 5,
    constant: true,
    prepare: async (scene) => always(weekQuery(scene)),
  },
  {
    name: 'email',
    title: 'addressbook-query, EMAIL contains',
    clients: [1],
    ceiling: () => 10,
    constant: false,
    prepare: async (scene) => {
      const bytes = requests.emailQuery(scene.target, addressBook(scene), soughtEmail);
      return always(expectResponses(bytes, soughtCards(scene.size), 'END:VCARD'));
    },
  },
  {
    name: 'initial',
    title: 'sync-collection, initial',
    clients: [1],
    ceiling: linear(4, 40),
    constant: false,
    prepare: async (scene) => {
      const { members } = await membersOf(scene, calendar(scene));
      return always(expectResponses(requests.sync(scene.target, calendar(scene), ''), members, 'getetag>"'));
    },
  },
  {
    name: 'sync',
    title: 'sync-collection with one change',
    clients: [1],
    ceiling: () => 0.3,
    constant: true,
    prepare: async (scene) => always(await changeOnce(scene)),
  },
  {
    name: 'put',
    title: 'PUT of a new event',
    clients: [1, 16],
    ceiling: (_, clients) => (clients === 1 ? 0.9 : 0.7),
    constant: true,
    maxRequests: 1500,
    prepare: async (scene) => putting(scene, 'calendars'),
  },
  {
    name: 'card',
    title: 'PUT of a new card',
    clients: [1, 16],
    ceiling: (_, clients) => (clients === 1 ? 0.9 : 0.7),
    constant: true,
    maxRequests: 1500,
    prepare: async (scene) => putting(scene, 'addressbooks'),
  },
  {
    name: 'mixed',
    title: 'mixed: 70 % poll, 15 % sync, 10 % multiget of 10, 5 % PUT',
    clients: [32],
    ceiling: () => 0.45,
    constant: false,
    prepare: mixture,
  },
];
