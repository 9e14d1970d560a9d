/**
 * Taking in collections and objects from files, by the rules that hold for what clients PUT (RFC 4791 §5.3.2.1, RFC 6352
 * §6.3.2.1). Each object is stored as a whole or not at all; one that is there already, byte for byte, is left alone, so that
 * an import can be run again.
 */
import { createHash } from 'node:crypto';
import {
  changeDeadProperties,
  collectionResource,
  createCollection,
  findBirthdays,
  findCollection,
  findObject,
  findObjectByUid,
  listCollections,
  listDeadProperties,
  objectResource,
  putObject,
  updateCollection,
} from '../../storage/index.js';
import type {
  AccountId,
  Collection,
  CollectionKind,
  CollectionProperties,
  Database,
  PropertyResource,
  StoredObject,
  Writer,
} from '../../storage/index.js';
import { catchUp } from '../birthdays/index.js';
import { etagOf } from '../etag.js';
import { DavError } from '../http/errors.js';
import { requireRoom } from '../http/mkcol.js';
import { refusingUidConflict, requireComponent, requireSameUid } from '../http/object-rules.js';
import { requireWithinQuota } from '../http/quota.js';
import { indexedAs } from '../indexing.js';
import type { DavLimits } from '../limits.js';
import { collectionPath, encodeSegment, isSegment } from '../resources/path.js';
import type { Home } from '../resources/path.js';
import { contentOf } from '../submission.js';
import type { Submission } from '../submission.js';
import { Submissions } from '../submissions.js';
import { refusedForRoom } from '../webdav/dead-properties.js';
import { blockingLocks } from '../webdav/locks.js';
import { ownLocks } from '../webdav/own-locks.js';
import { keptProperty } from '../registry.js';
import { serialize } from '../xml/write.js';
import { planSettings, readProperties, subscriptionOf } from './settings.js';
import type { CollectionSettings } from './settings.js';

export interface ImportAccount {
  readonly id: AccountId;
  readonly name: string;
  /** Its own figure; null for the server's. */
  readonly quotaBytes: number | null;
}

export interface ImporterOptions {
  readonly database: Database;
  readonly account: ImportAccount;
  readonly limits: DavLimits;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export type ImportOutcome = 'new' | 'replaced' | 'unchanged';

/** What is to be stored. Without a name it stands under that of the object with its UID, or under one made of the UID. */
export interface ImportedObject {
  readonly name?: string;
  readonly body: Uint8Array;
  /** Whether it may take the place of an object of another name that has its UID; it may where this is left out. */
  readonly mayReplace?: (name: string) => boolean;
}

/** What is refused; the message is a sentence. */
export class ImportRefusal extends Error {
  override readonly name = 'ImportRefusal';
  constructor(
    sentence: string,
    /** Nothing else of it could be stored either: the account or the server has no room. */
    readonly isForRoom: boolean,
    options?: ErrorOptions,
  ) {
    super(sentence, options);
  }
}

const homes = { calendar: 'calendars', addressbook: 'addressbooks' } as const;
const types = {
  calendars: 'text/calendar; charset=utf-8',
  addressbooks: 'text/vcard; charset=utf-8',
} as const;
const extensions = { calendar: '.ics', addressbook: '.vcf' } as const;

export class Importer {
  readonly #submissions = new Submissions();
  readonly #storing;

  constructor(private readonly options: ImporterOptions) {
    const { account, limits } = options;
    const actor = { accountId: account.id, accountName: account.name, quotaBytes: account.quotaBytes };
    this.#storing = { actor, services: { limits } };
  }

  /**
   * The collection under an address, made where there is none, with those settings.
   * @throws ImportRefusal
   */
  async collection(
    kind: CollectionKind,
    name: string,
    settings: CollectionSettings,
  ): Promise<{ readonly collection: Collection; readonly made: boolean }> {
    const { account, limits, clock } = this.options;
    if (!isSegment(name)) throw new ImportRefusal('Nothing can have this address.', false);
    return this.#write(async (writer) => {
      const found = await findCollection(writer, account.id, kind, name);
      if (found !== undefined) await this.#refuseMade(writer, found);
      const existing = found !== undefined;
      const plan = planSettings(settings, kind, existing, limits);
      const collection = found ?? (await this.#make(writer, kind, name, settings, plan.changes));
      await this.#setProperties(writer, collectionResource(collection.id), plan.dead);
      if (existing && isChanged(found, plan.changes)) {
        const changed = await updateCollection(writer, found, plan.changes, clock());
        return { collection: changed, made: false };
      }
      return { collection, made: !existing };
    });
  }

  /** The collection that has this address or, where it is the only one, this display name. @throws ImportRefusal */
  async find(kind: CollectionKind, addressOrName: string): Promise<Collection | undefined> {
    const all = await this.options.database.read((reader) =>
      listCollections(reader, this.options.account.id, kind),
    );
    const named = all.filter(({ displayName }) => displayName === addressOrName);
    const found = all.find(({ name }) => name === addressOrName) ?? named[0];
    if (found === undefined) return undefined;
    if (found.name !== addressOrName && named.length > 1) {
      const addresses = named.map(({ name }) => name).join(', ');
      throw new ImportRefusal(`Several are called so: name one by its address (${addresses}).`, false);
    }
    await this.options.database.read((reader) => this.#refuseMade(reader, found));
    return found;
  }

  /** Stores one object. @throws ImportRefusal */
  async store(collection: Collection, object: ImportedObject): Promise<ImportOutcome> {
    const { name, body } = object;
    const { limits, clock } = this.options;
    const home = homes[collection.kind];
    if (body.byteLength > limits.maxResourceSize)
      throw new ImportRefusal(`An object may have at most ${limits.maxResourceSize} bytes.`, false);
    if (name !== undefined && !isSegment(name)) throw new ImportRefusal('Nothing can have this name.', false);
    const submission = await refusing(async () =>
      this.#submissions.read({
        home,
        body,
        contentType: types[home],
        limits,
        zone: collection.zone,
        now: clock(),
      }),
    );
    const incoming = { ...object, etag: etagOf(body), submission, home };
    return this.#write((writer) => this.#put(writer, collection, incoming));
  }

  /** Sets properties of an object that are kept without the server knowing what they mean. @throws ImportRefusal */
  async setProperties(collection: Collection, name: string, written: readonly string[]): Promise<void> {
    const properties = await refusing(async () => {
      const read = readProperties(written, this.options.limits);
      for (const { name: property, value } of read)
        if (value !== undefined) keptProperty(property)?.check(value);
      return new Map(read.map(({ name: property, value }) => [property, value && serialize(value)]));
    });
    await this.#write(async (writer) => {
      const object = await findObject(writer, collection, name);
      if (object !== undefined)
        await this.#setProperties(writer, objectResource(collection, object.id), properties);
    });
  }

  /** What follows from the cards: call it at the end. */
  async finish(): Promise<void> {
    await catchUp(this.options.database, this.options.account.id, this.options.clock);
  }

  async #make(
    writer: Writer,
    kind: CollectionKind,
    name: string,
    settings: CollectionSettings,
    changes: Partial<CollectionProperties>,
  ): Promise<Collection> {
    await requireRoom(writer, this.#storing, kind);
    return createCollection(writer, this.options.account.id, {
      kind,
      name,
      indexedAs: indexedAs({ kind, zone: changes.zone ?? null }),
      now: this.options.clock(),
      ...changes,
      source: kind === 'calendar' ? subscriptionOf(settings) : null,
    });
  }

  async #put(writer: Writer, collection: Collection, incoming: Incoming): Promise<ImportOutcome> {
    const { body, etag, submission, home } = incoming;
    const { account, clock } = this.options;
    const parent = { actor: { accountName: account.name }, home, collection };
    requireComponent(parent, submission.component);
    const { name, current } = await placeOf(writer, collection, incoming);
    if (current?.etag === etag) return 'unchanged';
    requireSameUid(parent, current, submission.uid);
    await this.#refuseLocked(writer, home, collection, name, current === undefined);
    const content = contentOf(submission, collection, { name, body, etag, now: clock() });
    await refusingUidConflict(parent, () => putObject(writer, collection, content, current ?? null));
    if (body.byteLength > (current?.size ?? 0)) await requireWithinQuota(writer, this.#storing);
    return current === undefined ? 'new' : 'replaced';
  }

  /** Those that are there as they are stay as they are. */
  async #setProperties(
    writer: Writer,
    resource: PropertyResource,
    properties: ReadonlyMap<`{${string}}${string}`, string | undefined>,
  ): Promise<void> {
    if (properties.size === 0) return;
    const { account } = this.options;
    const kept = new Map(
      (await listDeadProperties(writer, account.id, resource)).map(({ name, xml }) => [name, xml]),
    );
    const changes = new Map([...properties].filter(([name, xml]) => kept.get(name) !== xml));
    if (changes.size === 0) return;
    for (const refusal of (await refusedForRoom(writer, this.#storing, resource, changes)).values())
      throw refusal;
    await changeDeadProperties(writer, account.id, resource, changes);
  }

  async #refuseMade(reader: Parameters<typeof findBirthdays>[0], { id }: Collection): Promise<void> {
    const birthdays = await findBirthdays(reader, this.options.account.id);
    if (birthdays?.calendar === id)
      throw new ImportRefusal('This calendar is made by the server from the contacts.', false);
  }

  async #refuseLocked(
    writer: Writer,
    home: Home,
    collection: Collection,
    name: string,
    isNew: boolean,
  ): Promise<void> {
    const { account, clock } = this.options;
    const owner = { accountId: account.id, accountName: account.name };
    const locks = await ownLocks(writer, owner, clock());
    if (locks.length === 0) return;
    const around = collectionPath(home, account.name, collection.name);
    const itself = { path: around + encodeSegment(name), whole: false };
    const changes = isNew ? [itself, { path: around, whole: false }] : [itself];
    if (blockingLocks(locks, changes, new Set()).length > 0)
      throw new ImportRefusal('A device has locked this: try again when it is done.', false);
  }

  #write<Result>(work: (writer: Writer) => Promise<Result>): Promise<Result> {
    const { database, account } = this.options;
    return refusing(() => database.write(work, { scope: account.id }));
  }
}

interface Incoming extends ImportedObject {
  readonly etag: string;
  readonly submission: Submission;
  readonly home: Home;
}

/** Where an object goes, and what is there. */
async function placeOf(
  writer: Writer,
  collection: Collection,
  { name: wanted, mayReplace = () => true, submission: { uid }, etag }: Incoming,
): Promise<{ readonly name: string; readonly current: StoredObject | undefined }> {
  const standing = wanted === undefined ? undefined : await findObject(writer, collection, wanted);
  if (wanted !== undefined && standing !== undefined) return { name: wanted, current: standing };
  const same = uid === undefined ? undefined : await findObjectByUid(writer, collection, uid);
  if (same !== undefined && mayReplace(same.name)) return { name: same.name, current: same };
  // What has its UID, if anything, stands in its way.
  if (wanted !== undefined) return { name: wanted, current: undefined };
  const extension = extensions[collection.kind];
  // A card without a UID is known by its bytes.
  if (uid === undefined) {
    const name = `${etag}${extension}`;
    return { name, current: await findObject(writer, collection, name) };
  }
  const readable = `${uid}${extension}`;
  if (plainName.test(uid) && (await findObject(writer, collection, readable)) === undefined)
    return { name: readable, current: undefined };
  const hashed = createHash('sha256').update(uid).digest('base64url');
  return { name: `${hashed}${extension}`, current: undefined };
}

/** A UID that makes a name which needs no escape in a URL, nor in any file system. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9@._~-]{0,200}$/;

function isChanged(collection: Collection, changes: Partial<CollectionProperties>): boolean {
  return Object.entries(changes).some(
    ([key, value]) => collection[key as keyof CollectionProperties] !== value,
  );
}

async function refusing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DavError)) throw error;
    throw new ImportRefusal(error.message, error.status === 507, { cause: error });
  }
}
