/**
 * Everything of an account as files: each object as the client sent it, each calendar and address book once more in one file
 * that other programs import, and what else is known of the account. Read as it is written: nothing is held.
 */
import type { Account, AppPassword } from '../../auth/index.js';
import { MergedCalendar, Pace } from '../../dav/index.js';
import {
  findBirthdays,
  listCollections,
  pageObjects,
  readContent,
  type Collection,
  type Database,
  type ObjectId,
  type StoredObject,
} from '../../storage/index.js';
import { describeCollection } from './collection-file.js';
import { Folder } from './file-names.js';

/** A file of the archive; `modifiedAt` in epoch milliseconds. */
export interface Entry {
  readonly name: string;
  readonly modifiedAt: number;
  /** Compressing it would take longer than it saves. */
  readonly isSmall?: boolean;
  readonly content: () => AsyncIterable<Uint8Array | string>;
}

export interface ArchiveSource {
  readonly database: Database;
  readonly account: Account;
  readonly appPasswords: readonly AppPassword[];
  /** The whole activity as text. */
  readonly activity: () => AsyncIterable<string>;
  /** What stands in the file that explains the others. */
  readonly readMe: string;
  /** `mostSingleFiles` unless told. */
  readonly singleFiles?: number;
  readonly now: number;
}

interface Placed {
  readonly collection: Collection;
  /** Its folder and, with an extension behind it, its file of all. */
  readonly path: string;
}

/**
 * Objects that lie in the archive one by one; all are in the files of all. The archive's directory is held to the end and
 * written at once: for so many in less than 50 ms.
 */
export const mostSingleFiles = 8_000;
const PAGE = 100;
const SMALL_BYTES = 4096;
const decoder = new TextDecoder();

/** Beside the folder of a collection: what it is (`collection-file.ts`). */
export const descriptionEnding = '.json';
export const kinds = {
  calendar: { folder: 'calendars', extension: '.ics' },
  addressbook: { folder: 'contacts', extension: '.vcf' },
} as const;

/** The files, one after another; each is to be read before the next is asked for. */
export async function* entriesOf(source: ArchiveSource): AsyncGenerator<Entry> {
  const { database, readMe, activity, now, singleFiles = mostSingleFiles } = source;
  let left = singleFiles;
  const birthdays = await database.read((reader) => findBirthdays(reader, source.account.id));
  const collections = [...(await place(source, 'calendar')), ...(await place(source, 'addressbook'))];
  yield { name: 'READ ME.txt', modifiedAt: now, content: () => once(readMe) };
  yield { name: 'account.json', modifiedAt: now, content: () => once(describe(source, collections)) };
  yield { name: 'activity.json', modifiedAt: now, content: activity };
  for (const { collection, path } of collections) {
    const { extension } = kinds[collection.kind];
    yield {
      name: `${path}${extension}`,
      modifiedAt: collection.modifiedAt,
      content: () => (collection.kind === 'calendar' ? calendarOf : cardsOf)(database, collection),
    };
    const folder = new Folder();
    const renamed = new Map<string, string>();
    let complete = true;
    for await (const object of objectsOf(database, collection)) {
      complete = left > 0;
      if (!complete) break;
      left -= 1;
      const file = folder.place(object.name, `${object.id}${extension}`);
      if (file !== object.name) renamed.set(file, object.name);
      yield {
        name: `${path}/${file}`,
        modifiedAt: object.modifiedAt,
        isSmall: object.size < SMALL_BYTES,
        content: () => contentOf(database, collection, object),
      };
    }
    const isMade = birthdays?.calendar === collection.id;
    yield {
      name: `${path}${descriptionEnding}`,
      modifiedAt: collection.modifiedAt,
      content: () => describeCollection(database, collection, { isMade, complete, renamed }),
    };
  }
}

async function place({ database, account }: ArchiveSource, kind: Collection['kind']): Promise<Placed[]> {
  const collections = await database.read((reader) => listCollections(reader, account.id, kind));
  const folder = new Folder();
  return collections.map((collection) => ({
    collection,
    path: `${kinds[kind].folder}/${folder.place(
      collection.displayName ?? collection.name,
      String(collection.id),
      [kinds[kind].extension, descriptionEnding],
    )}`,
  }));
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

async function* objectsOf(database: Database, collection: Collection): AsyncGenerator<StoredObject> {
  // On SQLite, reading and packing small files waits for nothing: others would wait for all of it.
  const pace = new Pace();
  let after: ObjectId | 0 = 0;
  for (;;) {
    const from: ObjectId | 0 = after;
    const page: readonly StoredObject[] = await database.read((reader) =>
      pageObjects(reader, collection, from, PAGE),
    );
    for (const object of page) {
      await pace.rest();
      yield object;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

/** An object that was deleted meanwhile is empty: its place in the archive was given away. */
async function* contentOf(
  database: Database,
  collection: Collection,
  { id }: StoredObject,
): AsyncGenerator<Uint8Array> {
  const data = await database.read((reader) => readContent(reader, collection, id));
  if (data !== undefined) yield data;
}

async function* calendarOf(database: Database, collection: Collection): AsyncGenerator<string> {
  const merged = new MergedCalendar();
  yield merged.begin(collection.displayName ?? collection.name);
  for await (const object of objectsOf(database, collection))
    for await (const data of contentOf(database, collection, object)) yield merged.add(decoder.decode(data));
  yield merged.end();
}

async function* cardsOf(database: Database, collection: Collection): AsyncGenerator<Uint8Array | string> {
  for await (const object of objectsOf(database, collection))
    for await (const data of contentOf(database, collection, object)) {
      yield data;
      if (data.at(-1) !== 0x0a) yield '\r\n';
    }
}

/** No secret is in it: of app passwords what they are for. */
function describe({ account, appPasswords, now }: ArchiveSource, collections: readonly Placed[]): string {
  const instant = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at).toISOString();
  const described = {
    exportedAt: instant(now),
    account: {
      name: account.name,
      displayName: account.displayName ?? null,
      email: account.email ?? null,
      timeZone: account.timeZone ?? null,
      createdAt: instant(account.createdAt),
    },
    collections: collections.map(({ collection, path }) => ({
      file: `${path}${kinds[collection.kind].extension}`,
      folder: path,
      kind: collection.kind,
      address: collection.name,
      displayName: collection.displayName,
      description: collection.description,
      color: collection.color,
      order: collection.sortOrder,
      components: collection.components,
      timeZone: collection.zone,
      subscribedTo: collection.source,
      objects: collection.objectCount,
    })),
    appPasswords: appPasswords.map((password) => ({
      label: password.label,
      services: [...password.services],
      access: password.access,
      createdAt: instant(password.createdAt),
      expiresAt: instant(password.expiresAt),
      revokedAt: instant(password.revokedAt),
      lastUsedAt: instant(password.lastUsedAt),
      lastClient: password.lastClient ?? null,
    })),
  };
  return `${JSON.stringify(described, undefined, 2)}\n`;
}
