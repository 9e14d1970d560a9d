/** Work that no request waits for: what deleted collections left behind, old tombstones, stale indexes, what has expired. */
import type { Account } from '../auth/index.js';
import { catchUp, reindexStaleObjects, reindexStaleObjectsOf } from '../dav/index.js';
import type { ReindexingOptions } from '../dav/index.js';
import {
  listCollections,
  pruneActivity,
  pruneTombstones,
  purgeDeletedCollections,
  purgeExpiredLocks,
  removeDeletedAccounts,
} from '../storage/index.js';
import type { CollectionRef } from '../storage/index.js';
import type { Core } from './core.js';

export interface Job {
  /** For the log. */
  readonly name: string;
  /** Ends early when the signal is aborted; the next run goes on. `now`: epoch milliseconds. */
  readonly run: (core: Core, signal: AbortSignal, now?: () => number) => Promise<unknown>;
}

const purge: Job = {
  name: 'purge deleted collections',
  run: ({ database }, signal) => purgeDeletedCollections(database, signal),
};

const removal: Job = {
  name: 'remove deleted accounts',
  run: ({ database }, signal, now = Date.now) => removeDeletedAccounts(database, now, signal),
};

/** Everything that there is to do now and then. */
export const jobs: readonly Job[] = [
  purge,
  removal,
  { name: 'reindex', run: reindex },
  { name: 'birthdays', run: followBirthdays },
  { name: 'prune tombstones', run: pruneOldTombstones },
  { name: 'prune activity', run: pruneOldActivity },
  {
    name: 'purge expired locks',
    run: ({ database }, _signal, now = Date.now) =>
      database.write((writer) => purgeExpiredLocks(writer, now()), { scope: 'independent', frees: true }),
  },
  { name: 'remove what has expired', run: ({ auth }) => auth.removeExpired() },
];

export type ChangedCollections = readonly CollectionRef[];

/** What collections leave undone that were deleted (their rows), or have another time zone (their index). */
export const followChanges = (changed: ChangedCollections): readonly Job[] => [
  purge,
  removal,
  {
    name: 'reindex what has changed',
    run: async (core, signal) => {
      for (const ref of changed) {
        if (signal.aborted) return;
        await reindexStaleObjectsOf(core.database, ref, signal, reindexingOptions(core));
      }
    },
  },
];

const TOMBSTONES_AT_ONCE = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

function reindex(core: Core, signal: AbortSignal): Promise<number> {
  return reindexStaleObjects(core.database, signal, reindexingOptions(core));
}

const reindexingOptions = ({ log }: Core): ReindexingOptions => ({
  onFailure: (error, { accountId, id: collectionId }, { id: objectId }) =>
    log.warn({ err: error, accountId, collectionId, objectId }, 'an object cannot be read'),
});

/** What an earlier process left undone. */
async function followBirthdays(core: Core, signal: AbortSignal): Promise<void> {
  for await (const { id } of eachAccount(core)) {
    await catchUp(core.database, id, Date.now, signal);
    if (signal.aborted) return;
  }
}

async function pruneOldTombstones(core: Core, signal: AbortSignal, now = Date.now): Promise<void> {
  const before = now() - core.config.tombstoneDays * DAY_MS;
  for await (const { id } of eachAccount(core)) {
    const collections = await core.database.read(async (reader) => [
      ...(await listCollections(reader, id, 'calendar')),
      ...(await listCollections(reader, id, 'addressbook')),
    ]);
    for (const collection of collections) await pruneCollection(core, collection, before, signal);
    if (signal.aborted) return;
  }
}

const ENTRIES_AT_ONCE = 500;

async function pruneOldActivity(core: Core, signal: AbortSignal, now = Date.now): Promise<void> {
  const before = now() - core.config.activityDays * DAY_MS;
  for await (const { id } of eachAccount(core)) {
    let pruned = ENTRIES_AT_ONCE;
    while (pruned === ENTRIES_AT_ONCE && !signal.aborted)
      pruned = await core.database.write(
        (writer) => pruneActivity(writer, id, { before, limit: ENTRIES_AT_ONCE }),
        { scope: id, frees: true },
      );
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
      { scope: ref.accountId, frees: true },
    );
  }
}
