/**
 * COPY and MOVE (RFC 4918 §9.8, §9.9) of objects and collections: all of it happens or nothing. Everything is decided in
 * the unit of work that writes; what takes longer than a unit may is done before, and looked at again there.
 */
import {
  abandonCollectionCopy,
  copyObject,
  deadPropertyBytes,
  deleteCollection,
  moveObject,
  objectResource,
  readContent,
  renameCollection,
} from '../../storage/index.js';
import type { Collection, CollectionCopy, ObjectIndex, StoredObject, Writer } from '../../storage/index.js';
import type { ObjectResource } from '../resources/resource.js';
import { exists } from '../resources/resolve.js';
import { isStandIn, standInUid } from '../submission.js';
import type { Submission } from '../submission.js';
import { copyCollection } from './copy-collection.js';
import { tryLater } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { removeLocksOf } from './lock-tokens.js';
import { refusingUidConflict, requireComponent, requireSameUid } from './object-rules.js';
import { requireQuota } from './quota.js';
import { readTransfer, requireTransfer } from './transfer.js';
import type { Transfer, TransferRequest } from './transfer.js';

export const copy = (exchange: Exchange): Promise<void> => transfer(exchange, 'copy');
export const move = (exchange: Exchange): Promise<void> => transfer(exchange, 'move');

/** What was prepared outside the unit of work that will write. */
interface Progress {
  /** The object, read again because its index would be another one at the destination. */
  readonly reading?: { readonly etag: string; readonly zone: string | null; readonly submission: Submission };
  readonly copy?: CollectionCopy;
}

/** Done, or what has to be there before the next attempt. */
export type Outcome =
  | { readonly kind: 'done'; readonly created: boolean }
  | { readonly kind: 'read'; readonly source: ObjectResource; readonly zone: string | null }
  | { readonly kind: 'copying'; readonly copy: CollectionCopy };

/** Attempts that begin anew because somebody else writes to the source again and again. */
const MAX_RESTARTS = 5;

async function transfer(exchange: Exchange, kind: TransferRequest['kind']): Promise<void> {
  const { database } = exchange.services;
  const request = readTransfer(exchange, kind);
  let progress: Progress = {};
  try {
    for (let restarts = 0; restarts <= MAX_RESTARTS;) {
      const known = progress;
      const outcome = await database.write((writer) => attempt(writer, exchange, request, known), {
        scope: exchange.actor.accountId,
      });
      if (outcome.kind === 'done') {
        answer(exchange, outcome.created ? 201 : 204);
        return;
      }
      if (outcome.kind === 'copying' && outcome.copy.ref.id === known.copy?.ref.id) {
        progress = { copy: outcome.copy };
        continue;
      }
      restarts += 1;
      progress = outcome.kind === 'copying' ? { copy: outcome.copy } : await readAgain(exchange, outcome);
    }
    throw tryLater('The source is changing all the time; try again.');
  } catch (error) {
    const { copy: begun } = progress;
    if (begun !== undefined)
      await database.write((writer) => abandonCollectionCopy(writer, begun), {
        scope: exchange.actor.accountId,
      });
    throw error;
  }
}

async function attempt(
  writer: Writer,
  exchange: Exchange,
  request: TransferRequest,
  progress: Progress,
): Promise<Outcome> {
  const found = await requireTransfer(writer, exchange, request);
  const outcome = await carryOut(writer, exchange, request, found, progress);
  if (outcome.kind === 'done') {
    // A lock on the destination stays (RFC 4918 §7.6); one whose root is no more goes.
    const { source, target, locks } = found;
    if (request.kind === 'move') await removeLocksOf(writer, exchange, locks, source.path);
    await removeLocksOf(writer, exchange, locks, target.path, { keepRoot: true });
  }
  return outcome;
}

async function carryOut(
  writer: Writer,
  exchange: Exchange,
  request: TransferRequest,
  found: Transfer,
  progress: Progress,
): Promise<Outcome> {
  if (found.kind === 'object') return transferObject(writer, exchange, request, found, progress);
  if (request.kind === 'copy') {
    return copyCollection(writer, exchange, found, request.depth === '0', progress.copy);
  }
  const { source, target } = found;
  const now = exchange.services.clock();
  const created = !exists(target);
  if (exists(target)) await deleteCollection(writer, target.collection, now);
  const name = exists(target) ? target.collection.name : target.name;
  await renameCollection(writer, source.collection, name, now);
  return { kind: 'done', created };
}

type ObjectTransfer = Extract<Transfer, { readonly kind: 'object' }>;

async function transferObject(
  writer: Writer,
  exchange: Exchange,
  request: TransferRequest,
  { source, target }: ObjectTransfer,
  { reading }: Progress,
): Promise<Outcome> {
  const { actor, services } = exchange;
  const existing = exists(target) ? target.object : undefined;
  const { home, collection } = target;
  const name = existing?.name ?? ('name' in target ? target.name : '');
  const parent = { actor, home, collection };
  requireComponent(parent, source.object.component);
  const standIn = isStandIn(source.object.uid);
  requireSameUid(parent, existing, standIn ? undefined : source.object.uid);
  if (request.kind === 'copy') {
    const replaced = existing === undefined ? 0 : await bytesOf(writer, collection, existing);
    await requireQuota(
      writer,
      exchange,
      (await bytesOf(writer, source.collection, source.object)) - replaced,
    );
  }
  const now = services.clock();
  let index: ObjectIndex | undefined;
  if (source.collection.indexedAs !== collection.indexedAs) {
    const { zone } = collection;
    if (!isReadingOf(reading, source.object, zone)) return { kind: 'read', source, zone };
    index = reading.submission.index(collection, now);
  }
  const uid = standIn ? standInUid(name) : source.object.uid;
  const place = { collection, name, uid, existing, index };
  const store = request.kind === 'copy' ? copyObject : moveObject;
  await refusingUidConflict(parent, () => store(writer, source.collection, source.object, place, now));
  return { kind: 'done', created: existing === undefined };
}

/** With the dead properties, which are copied too. */
const bytesOf = async (writer: Writer, collection: Collection, { id, size }: StoredObject): Promise<number> =>
  size + (await deadPropertyBytes(writer, collection.accountId, objectResource(collection, id)));

const isReadingOf = (
  reading: Progress['reading'],
  { etag }: StoredObject,
  zone: string | null,
): reading is NonNullable<Progress['reading']> => reading?.etag === etag && reading.zone === zone;

async function readAgain(
  { services }: Exchange,
  { source, zone }: Extract<Outcome, { readonly kind: 'read' }>,
): Promise<Progress> {
  const { home, collection, object } = source;
  const body = await services.database.read((reader) => readContent(reader, collection, object.id));
  // Gone meanwhile: the next attempt finds that out.
  if (body === undefined) return {};
  const { limits, clock } = services;
  const submitted = { home, body, contentType: undefined, limits, zone, now: clock() };
  const submission = await services.submissions.read(submitted);
  return { reading: { etag: object.etag, zone, submission } };
}
