/**
 * What a new account finds: one calendar for events and tasks, one address book. When the last one is deleted a new one
 * takes its place, since clients and conformance suites count on one being there. UUIDs as names: iOS will not show a
 * calendar whose path ends in "default" (docs/clients.md).
 */
import { randomUUID } from 'node:crypto';
import { createCollection } from '../storage/index.js';
import type { AccountId, Writer } from '../storage/index.js';
import { indexedAs } from './indexing.js';
import { defaultComponents } from './caldav/components.js';

/** Makes the calendar or the address book of a home that has none. `now` in epoch milliseconds. */
export async function createDefaultCollection(
  writer: Writer,
  accountId: AccountId,
  kind: 'calendar' | 'addressbook',
  now: number,
): Promise<void> {
  await createCollection(writer, accountId, {
    kind,
    name: randomUUID(),
    displayName: kind === 'calendar' ? 'Calendar' : 'Contacts',
    components: kind === 'calendar' ? defaultComponents : null,
    indexedAs: indexedAs({ kind, zone: null }),
    now,
  });
}

/** Makes what a new account starts with. */
export async function createDefaultCollections(
  writer: Writer,
  accountId: AccountId,
  now: number,
): Promise<void> {
  await createDefaultCollection(writer, accountId, 'calendar', now);
  await createDefaultCollection(writer, accountId, 'addressbook', now);
}
