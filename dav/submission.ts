/** An object that a client sends to be stored, once it has been read and found valid. */
import type { Collection, NewContent, ObjectIndex } from '../storage/index.js';

export interface Submission {
  /** Undefined for a card without UID: old clients send those, and the resource's name stands in (docs/clients.md). */
  readonly uid: string | undefined;
  /** VEVENT, VTODO, ..., VCARD. */
  readonly component: string;
  /** Version of the format: 2.0 for iCalendar, 3.0 or 4.0 for vCard. */
  readonly version: string;
  /** What is stored in place of what came, where that is a form in which nothing is stored. */
  readonly converted?: Uint8Array;
  /** What is computed once, at write, so that no report parses what it will not return. `now` in epoch milliseconds. */
  readonly index: (collection: Pick<Collection, 'zone'>, now: number) => ObjectIndex;
}

/** UIDs that stand in for a missing one; never equal to a real one of the same collection. */
export const standInUid = (resourceName: string): string => `urn:latchkey:name:${resourceName}`;
export const isStandIn = (uid: string): boolean => uid.startsWith('urn:latchkey:name:');

/** What is stored of it under a name. `now` in epoch milliseconds. */
export function contentOf(
  { uid, component, version, index }: Submission,
  collection: Pick<Collection, 'zone'>,
  { name, body, etag, now }: { name: string; body: Uint8Array; etag: string; now: number },
): NewContent {
  return {
    name,
    uid: uid ?? standInUid(name),
    component,
    version,
    etag,
    data: body,
    index: index(collection, now),
    now,
  };
}
