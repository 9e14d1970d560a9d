/** COPY of a collection (RFC 4918 §9.8.3), in as many units of work as it takes; it comes into sight in the last one. */
import {
  abandonCollectionCopy,
  beginCollectionCopy,
  continueCollectionCopy,
  copyEmptyCollection,
  deleteCollection,
  isCopyOf,
  publishCollectionCopy,
} from '../../storage/index.js';
import type { CollectionCopy, Writer } from '../../storage/index.js';
import { exists } from '../resources/resolve.js';
import type { Outcome } from './copy-move.js';
import type { Exchange } from './exchange.js';
import { requireRoom } from './mkcol.js';
import { requireQuota, requireWithinQuota } from './quota.js';
import type { Transfer } from './transfer.js';

type CollectionTransfer = Extract<Transfer, { readonly kind: 'collection' }>;

/** One unit of work of it. `empty`: Depth 0, the collection without its members. `begun`: what earlier units did. */
export async function copyCollection(
  writer: Writer,
  exchange: Exchange,
  { source, target }: CollectionTransfer,
  empty: boolean,
  begun: CollectionCopy | undefined,
): Promise<Outcome> {
  const { collection } = source;
  const replaced = exists(target) ? target.collection : undefined;
  const name = replaced?.name ?? ('name' in target ? target.name : '');
  const now = exchange.services.clock();
  if (replaced === undefined) await requireRoom(writer, exchange, source.kind);
  if (!empty) await requireQuota(writer, exchange, collection.bytesUsed - (replaced?.bytesUsed ?? 0));
  const copy = empty ? undefined : await continued(writer, exchange, source, begun);
  if (copy?.complete === false) return { kind: 'copying', copy };
  if (replaced !== undefined) await deleteCollection(writer, replaced, now);
  if (copy !== undefined) await publishCollectionCopy(writer, copy, collection, name, now);
  else if ((await copyEmptyCollection(writer, collection, name, now)) > 0)
    await requireWithinQuota(writer, exchange);
  return { kind: 'done', created: replaced === undefined };
}

async function continued(
  writer: Writer,
  { services }: Exchange,
  { collection }: CollectionTransfer['source'],
  begun: CollectionCopy | undefined,
): Promise<CollectionCopy> {
  const now = services.clock();
  let copy = begun;
  if (copy !== undefined && !isCopyOf(copy, collection)) {
    // Somebody has written to the source meanwhile: what is there of the copy is a mixture.
    await abandonCollectionCopy(writer, copy);
    copy = undefined;
  }
  copy ??= await beginCollectionCopy(writer, collection, now);
  return continueCollectionCopy(writer, copy, now);
}
