/** What is kept of the calendar of birthdays that an account may have: which collection it is, and what it was made from. */
import type { Reader, Writer } from './database.js';
import { CollectionId, Revision, type AccountId } from './ids.js';
import { inCollection, objectColumns, type InCollection, type StoredObject } from './objects.js';
import type { CollectionRef } from './collections.js';
import { statement } from './statement.js';

/** How far an address book's cards have been looked at. */
export interface BirthdaySource {
  /** All changes up to this revision. */
  readonly at: Revision;
  /** The first walk through all cards has come to its end: from there on deletions have to be told. */
  readonly walked: boolean;
}

/** `leaving` while what came of an address book is being taken away. */
export type BirthdaySources = ReadonlyMap<CollectionId, BirthdaySource | 'leaving'>;

export interface Birthdays {
  readonly calendar: CollectionId;
  readonly sources: BirthdaySources;
}

const ofAccount = statement<{ accountId: AccountId }>()((db, $) =>
  db
    .selectFrom('account')
    .select(['birthday_calendar as calendar', 'birthday_sources as sources'])
    .where('id', '=', $.accountId),
);
const update = statement<{ accountId: AccountId; calendar: CollectionId | null; sources: string | null }>()(
  (db, $) =>
    db
      .updateTable('account')
      .set({ birthday_calendar: $.calendar, birthday_sources: $.sources })
      .where('id', '=', $.accountId),
);
const named = statement<InCollection & { from: string; before: string; limit: number }>()((db, $) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('name', '>=', $.from)
    .where('name', '<', $.before)
    .orderBy('name')
    .limit($.limit),
);

/** The calendar of birthdays; undefined where the account wants none. */
export async function findBirthdays(reader: Reader, accountId: AccountId): Promise<Birthdays | undefined> {
  const row = await reader.get(ofAccount, { accountId });
  if (row?.calendar === undefined || row.calendar === null) return undefined;
  return { calendar: row.calendar, sources: readSources(row.sources ?? '') };
}

/** Keeps which calendar it is, and how far it has come; undefined for none. */
export async function setBirthdays(
  writer: Writer,
  accountId: AccountId,
  birthdays: Birthdays | undefined,
): Promise<void> {
  const { calendar = null, sources } = birthdays ?? {};
  await writer.run(update, {
    accountId,
    calendar,
    sources: sources === undefined ? null : writeSources(sources),
  });
}

/** The first objects whose names begin with that, in the order of names. `prefix` ends in an ASCII character. */
export async function objectsWithPrefix(
  reader: Reader,
  ref: CollectionRef,
  prefix: string,
  limit: number,
): Promise<readonly StoredObject[]> {
  const last = prefix.charCodeAt(prefix.length - 1);
  const before = prefix.slice(0, -1) + String.fromCharCode(last + 1);
  return reader.all(named, { ...inCollection(ref), from: prefix, before, limit });
}

function readSources(written: string): BirthdaySources {
  return new Map(
    written
      .split(' ')
      .filter((each) => each !== '')
      .map((each): [CollectionId, BirthdaySource | 'leaving'] => {
        const [id, at, state] = each.split(':');
        const source = { at: Revision(Number(at)), walked: state === 'walked' };
        return [CollectionId(Number(id)), at === 'leaving' ? at : source];
      }),
  );
}

function writeSources(sources: BirthdaySources): string {
  return [...sources]
    .map(([id, source]) =>
      source === 'leaving' ? `${id}:leaving` : `${id}:${source.at}:${source.walked ? 'walked' : 'walking'}`,
    )
    .join(' ');
}
