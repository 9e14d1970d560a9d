/** What holds for an object wherever it comes from: PUT, POST, COPY and MOVE (RFC 4791 §5.3.2.1; RFC 6352 §6.3.2.1). */
import type { Actor } from '../../auth/index.js';
import { UidConflictError } from '../../storage/index.js';
import type { Collection, StoredObject } from '../../storage/index.js';
import { componentsOf } from '../caldav/components.js';
import { collectionPath, encodeSegment } from '../resources/path.js';
import type { Home } from '../resources/path.js';
import { isStandIn } from '../submission.js';
import { caldav, carddav } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { href } from '../xml/write.js';
import { DavError } from './errors.js';

/** The namespace of the standard that governs a home. */
export const namespaceOf = (home: Home): ((local: string) => Name) =>
  home === 'calendars' ? caldav : carddav;

/** The collection that an object is to stand in. */
export interface ObjectParent {
  readonly actor: Pick<Actor, 'accountName'>;
  readonly home: Home;
  readonly collection: Collection;
}

/** @throws DavError 403 CALDAV:supported-calendar-component where the calendar does not take that component, or any */
export function requireComponent({ home, collection }: ObjectParent, component: string): void {
  if (home !== 'calendars') return;
  if (collection.source !== null)
    throw new DavError(403, 'A subscription holds no objects: its events are at the address in CS:source.');
  const taken = componentsOf(collection);
  if (taken.includes(component)) return;
  throw new DavError(403, `This calendar takes ${taken.join(', ')}, not ${component}.`, {
    precondition: caldav('supported-calendar-component'),
  });
}

/**
 * no-uid-conflict: 409 rather than 403, which stops DAVx5's whole sync, and with the href of the object that stands in
 * the way.
 */
export function uidConflict(
  { actor, home, collection }: ObjectParent,
  name: string,
  sentence: string,
): DavError {
  return new DavError(409, sentence, {
    precondition: namespaceOf(home)('no-uid-conflict'),
    content: href(collectionPath(home, actor.accountName, collection.name) + encodeSegment(name)),
  });
}

/**
 * What takes the place of an object has its UID, unless the card had none so far.
 * @throws DavError 409 no-uid-conflict
 */
export function requireSameUid(
  parent: ObjectParent,
  current: StoredObject | undefined,
  uid: string | undefined,
): void {
  if (current === undefined || uid === undefined || current.uid === uid || isStandIn(current.uid)) return;
  throw uidConflict(
    parent,
    current.name,
    'The object at this address has another UID; an update must keep it.',
  );
}

/** Runs what stores an object. @throws DavError 409 no-uid-conflict where another object has the UID */
export async function refusingUidConflict<Result>(
  parent: ObjectParent,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UidConflictError)) throw error;
    throw uidConflict(parent, error.existingName, 'Another object of this collection has the same UID.');
  }
}
