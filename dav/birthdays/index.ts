/**
 * The calendar of birthdays: made by the server from the BDAY and ANNIVERSARY of an account's cards, if the account wants
 * it. To clients it is a calendar like any other that they may not write.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  createCollection,
  deleteCollection,
  findBirthdays,
  findCollectionById,
  setBirthdays,
} from '../../storage/index.js';
import type { AccountId, Database, Writer } from '../../storage/index.js';
import { indexedAs } from '../indexing.js';
import { followCards } from './follow.js';

export { followCards } from './follow.js';

/** Whether the account has the calendar. */
export async function hasBirthdayCalendar(database: Database, accountId: AccountId): Promise<boolean> {
  return (await database.read((reader) => findBirthdays(reader, accountId))) !== undefined;
}

/**
 * Makes the calendar, empty, or takes it away; `catchUp` fills it. Doing what is done already changes nothing. `now` in epoch
 * milliseconds.
 */
export async function setBirthdayCalendar(
  database: Database,
  accountId: AccountId,
  wanted: boolean,
  now: number,
): Promise<void> {
  await database.write(
    async (writer) => {
      const birthdays = await findBirthdays(writer, accountId);
      if (wanted && birthdays === undefined) await make(writer, accountId, now);
      if (wanted || birthdays === undefined) return;
      const calendar = await findCollectionById(writer, { accountId, id: birthdays.calendar });
      if (calendar !== undefined) await deleteCollection(writer, calendar, now);
      await setBirthdays(writer, accountId, undefined);
    },
    { scope: accountId },
  );
}

async function make(writer: Writer, accountId: AccountId, now: number): Promise<void> {
  const { id } = await createCollection(writer, accountId, {
    kind: 'calendar',
    name: randomUUID(),
    displayName: 'Birthdays',
    components: ['VEVENT'],
    transparent: true,
    indexedAs: indexedAs({ kind: 'calendar', zone: null }),
    now,
  });
  await setBirthdays(writer, accountId, { calendar: id, sources: new Map() });
}

/** Brings the calendar of an account up to date, a few cards at a time, others working in between. */
export async function catchUp(
  database: Database,
  accountId: AccountId,
  clock: () => number = Date.now,
  signal?: AbortSignal,
): Promise<void> {
  while (signal?.aborted !== true) {
    if (await database.write((writer) => followCards(writer, accountId, clock()), { scope: accountId }))
      return;
    await setImmediate();
  }
}

/**
 * The database for a request that may change cards: what it writes is followed in the same unit of work, so that the
 * calendar is never behind what was acknowledged. What is too much for one unit goes on by itself.
 */
export function followedDatabase(database: Database, accountId: AccountId, clock: () => number): Database {
  return {
    concurrentReads: database.concurrentReads,
    changes: database.changes,
    alone: (work) => database.alone(work),
    read: (work) => database.read(work),
    ping: () => database.ping(),
    close: () => database.close(),
    async write(work, options) {
      const { result, done } = await database.write(async (writer) => {
        const worked = await work(writer);
        return { result: worked, done: await followCards(writer, accountId, clock()) };
      }, options);
      // If the process ends meanwhile, the background work of the next one takes it up.
      if (!done) void catchUp(database, accountId, clock).catch(() => undefined);
      return result;
    },
  };
}
