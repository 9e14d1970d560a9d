/** Work that no request waits for: what deleted collections left behind, old tombstones and locks, indexes of an earlier version. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../auth/index.js';
import { catchUp, reindexStaleObjects } from '../dav/index.js';
import {
  listCollections,
  pruneTombstones,
  purgeDeletedCollections,
  purgeExpiredLocks,
} from '../storage/index.js';
import type { CollectionRef } from '../storage/index.js';
import type { Core } from './core.js';

export interface BackgroundWork {
  /** Ends after the unit of work that is under way. */
  stop(): Promise<void>;
}

interface Job {
  readonly name: string;
  readonly run: (core: Core, signal: AbortSignal) => Promise<unknown>;
}

const jobs: readonly Job[] = [
  {
    name: 'purge deleted collections',
    run: ({ database }, signal) => purgeDeletedCollections(database, signal),
  },
  { name: 'reindex', run: reindex },
  { name: 'birthdays', run: followBirthdays },
  { name: 'prune tombstones', run: pruneOldTombstones },
  {
    name: 'purge expired locks',
    run: ({ database }) => database.write((writer) => purgeExpiredLocks(writer, Date.now())),
  },
];

const FIRST_AFTER_MS = 2_000;
const AGAIN_AFTER_MS = 60 * 60 * 1000;
const TOMBSTONES_AT_ONCE = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Runs every job shortly after the start and then each hour, one after another. A job that fails is tried again then. */
export function startBackgroundWork(core: Core): BackgroundWork {
  const stopping = new AbortController();
  const ended = rounds(core, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function rounds(core: Core, signal: AbortSignal): Promise<void> {
  let pause = FIRST_AFTER_MS;
  while (await waited(pause, signal)) {
    await round(core, signal);
    pause = AGAIN_AFTER_MS;
  }
}

/** Of several processes one does the work; when that one is gone another does the next round. */
async function round(core: Core, signal: AbortSignal): Promise<void> {
  try {
    await core.database.alone(async () => {
      for (const job of jobs) await runJob(job, core, signal);
    });
  } catch (error) {
    core.log.error({ err: error }, 'background work could not begin');
  }
}

/** False as soon as the signal is aborted. */
async function waited(pause: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(pause, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}

async function runJob({ name, run }: Job, core: Core, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await run(core, signal);
  } catch (error) {
    core.log.error({ err: error, job: name }, 'background work failed');
  }
}

function reindex({ database, log }: Core, signal: AbortSignal): Promise<number> {
  return reindexStaleObjects(database, signal, {
    onFailure: (error, { accountId, id: collectionId }, { id: objectId }) =>
      log.warn({ err: error, accountId, collectionId, objectId }, 'an object cannot be read'),
  });
}

/** What an earlier process left undone. */
async function followBirthdays(core: Core, signal: AbortSignal): Promise<void> {
  for await (const { id } of eachAccount(core)) {
    await catchUp(core.database, id, Date.now, signal);
    if (signal.aborted) return;
  }
}

async function pruneOldTombstones(core: Core, signal: AbortSignal): Promise<void> {
  const before = Date.now() - core.config.tombstoneDays * DAY_MS;
  for await (const { id } of eachAccount(core)) {
    const collections = await core.database.read(async (reader) => [
      ...(await listCollections(reader, id, 'calendar')),
      ...(await listCollections(reader, id, 'addressbook')),
    ]);
    for (const collection of collections) await pruneCollection(core, collection, before, signal);
    if (signal.aborted) return;
  }
}

async function* eachAccount({ auth }: Core): AsyncGenerator<Account> {
  let page = await auth.accounts.list();
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield* page;
    page = await auth.accounts.list({ after: last.id });
  }
}

async function pruneCollection(
  core: Core,
  ref: CollectionRef,
  before: number,
  signal: AbortSignal,
): Promise<void> {
  let pruned = TOMBSTONES_AT_ONCE;
  while (pruned === TOMBSTONES_AT_ONCE && !signal.aborted) {
    pruned = await core.database.write(
      (writer) => pruneTombstones(writer, ref, { before, limit: TOMBSTONES_AT_ONCE }),
      { scope: ref.accountId },
    );
  }
}
