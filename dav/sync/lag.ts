/** How far behind a device is when it asks what has changed (RFC 6578 §3.2), for whoever watches the server. */
import { earliestChangeSince } from '../../storage/index.js';
import type { Collection } from '../../storage/index.js';
import type { PropertyContext } from '../live-property.js';
import type { SyncPosition } from './token.js';

export interface Synchronization {
  /**
   * `first`: it begins from nothing, or goes on with that in parts; `current`: there is nothing that it does not know, as
   * in a collection in which nothing ever was.
   */
  readonly state: 'first' | 'current' | 'behind';
  /** Of one that is behind: milliseconds since the earliest change was made that it does not know. */
  readonly behindMs: number;
}

/** Told of each collection that a device synchronizes. Must not throw. */
export type OnSync = (synchronization: Synchronization) => void;

/** What is changed by the device itself counts too: it is told of that as of all else. */
export async function synchronizationOf(
  { reader, now }: Pick<PropertyContext, 'reader' | 'now'>,
  collection: Collection,
  { at, deletionsSince }: SyncPosition,
): Promise<Synchronization> {
  if (deletionsSince > at) return { state: 'first', behindMs: 0 };
  const earliest = at < collection.revision ? await earliestChangeSince(reader, collection, at) : undefined;
  if (earliest === undefined) return { state: 'current', behindMs: 0 };
  // Another process, with another clock, may have made it.
  return { state: 'behind', behindMs: Math.max(0, now - earliest) };
}
