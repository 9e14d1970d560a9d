/**
 * Keeps the calendar of birthdays what the account's cards say. It reads the changes of each address book as a client
 * does (RFC 6578), from the revision that it has come to: so nothing that changes cards has to know of it, and what was
 * left undone is done the next time.
 */
import { createHash } from 'node:crypto';
import {
  changesSince,
  deleteObject,
  findBirthdays,
  findCollectionById,
  findObject,
  listCollections,
  objectsWithPrefix,
  putObject,
  readContent,
  Revision,
  setBirthdays,
} from '../../storage/index.js';
import type {
  AccountId,
  Birthdays,
  BirthdaySource,
  Change,
  Collection,
  CollectionId,
  StoredObject,
  Writer,
} from '../../storage/index.js';
import { etagOf } from '../etag.js';
import { calendarIndex } from '../caldav/indexing.js';
import { defaultCalendarLimits, parseCalendarObject } from '../icalendar/index.js';
import { celebrationsOf } from '../vcard/index.js';
import type { Celebration } from '../vcard/index.js';
import { EVENT_VERSION, writeCelebration } from './event.js';

/** Cards that one unit of work looks at: each takes up to two events, of which each takes a fraction of a millisecond. */
export const CARDS_OF_UNIT = 20;

interface Following {
  readonly writer: Writer;
  readonly accountId: AccountId;
  readonly calendar: Collection;
  readonly now: number;
  /** Cards that may still be looked at. */
  left: number;
}

/**
 * One unit of work of it; `now` in epoch milliseconds. Answers whether the calendar is up to date: if not, there is more
 * to do than one unit may.
 */
export async function followCards(writer: Writer, accountId: AccountId, now: number): Promise<boolean> {
  const birthdays = await findBirthdays(writer, accountId);
  if (birthdays === undefined) return true;
  const calendar = await findCollectionById(writer, { accountId, id: birthdays.calendar });
  if (calendar === undefined) return true;
  const books = await listCollections(writer, accountId, 'addressbook');
  const following: Following = { writer, accountId, calendar, now, left: CARDS_OF_UNIT };
  const sources = new Map(birthdays.sources);
  await forget(following, sources, books);
  for (const book of books) await followBook(following, sources, book);
  if (isChanged(birthdays, sources)) await setBirthdays(writer, accountId, { ...birthdays, sources });
  return following.left > 0;
}

type Sources = Map<CollectionId, BirthdaySource | 'leaving'>;

/** A source that has not come further is the same object as before. */
const isChanged = ({ sources: before }: Birthdays, after: Sources): boolean =>
  before.size !== after.size || [...after].some(([id, source]) => before.get(id) !== source);

/** Takes away what came of address books that are gone, or of which deletions can no longer be told. */
async function forget(following: Following, sources: Sources, books: readonly Collection[]): Promise<void> {
  const byId = new Map(books.map((book) => [book.id, book]));
  for (const [id, source] of sources) {
    const book = byId.get(id);
    if (book !== undefined && source !== 'leaving' && isTellable(source, book)) continue;
    if (following.left <= 0) return;
    sources.set(id, 'leaving');
    const { writer, calendar, now, left } = following;
    const events = await objectsWithPrefix(writer, calendar, `${id}-`, left);
    for (const event of events) await deleteObject(writer, calendar, event, now);
    following.left -= events.length;
    if (events.length < left) sources.delete(id);
  }
}

const isTellable = ({ at, walked }: BirthdaySource, { tombstonesSince }: Collection): boolean =>
  !walked || at >= tombstonesSince;

async function followBook(following: Following, sources: Sources, book: Collection): Promise<void> {
  const source = sources.get(book.id) ?? { at: Revision(0), walked: false };
  if (source === 'leaving' || following.left <= 0) return;
  if (source.walked && source.at >= book.revision) return;
  const limit = following.left;
  const query = { after: source.at, upTo: book.revision, limit };
  const changes = await changesSince(following.writer, book, query);
  for (const change of changes) await followCard(following, book, change);
  following.left -= changes.length;
  const last = changes.at(-1)?.revision ?? source.at;
  const complete = changes.length < limit;
  sources.set(book.id, { at: complete ? book.revision : last, walked: source.walked || complete });
}

const kinds: readonly Celebration['kind'][] = ['birthday', 'anniversary'];

async function followCard(following: Following, book: Collection, change: Change): Promise<void> {
  const { writer } = following;
  const bytes = change.deleted ? undefined : await readContent(writer, book, change.object.id);
  const { name, days } = bytes === undefined ? { name: '', days: [] } : celebrationsOf(bytes);
  const key = createHash('sha256').update(change.name).digest('base64url').slice(0, 22);
  for (const kind of kinds) {
    const stem = `${book.id}-${key}-${kind}`;
    const existing = await findObject(writer, following.calendar, `${stem}.ics`);
    const day = days.find((each) => each.kind === kind);
    if (day !== undefined) await keep(following, { stem, name, day }, existing);
    else if (existing !== undefined) await deleteObject(writer, following.calendar, existing, following.now);
  }
}

interface WantedEvent {
  readonly stem: string;
  readonly name: string;
  readonly day: Celebration;
}

/** Writes the event unless it is there as it should be: a card that changes elsewhere is no change for calendars. */
async function keep(
  { writer, accountId, calendar, now }: Following,
  { stem, name, day }: WantedEvent,
  existing: StoredObject | undefined,
): Promise<void> {
  const uid = `${accountId}-${stem}@latchkey`;
  const says = JSON.stringify([EVENT_VERSION, uid, name, day.year ?? null, day.month, day.day]);
  const etag = etagOf(says);
  if (existing?.etag === etag) return;
  const data = Buffer.from(writeCelebration({ uid, name, day }, now));
  const index = calendarIndex(parseCalendarObject(data, defaultCalendarLimits), calendar.zone, now);
  const content = { name: `${stem}.ics`, uid, component: 'VEVENT', version: '2.0', etag, data, index, now };
  await putObject(writer, calendar, content, existing ?? null);
}
