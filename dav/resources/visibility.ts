/** Which of the account's collections are in the world of an app password (docs/security.md). */
import type { Actor } from '../../auth/index.js';
import type { Collection } from '../../storage/index.js';
import { isBirthdayCalendar } from '../birthdays/visibility.js';

/** Whether the app password is limited to some collections: to it there are no others, and it makes and removes none. */
export const isLimited = ({ collections }: Pick<Actor, 'collections'>): boolean => collections !== null;

/**
 * Whether a collection is outside. The calendar of birthdays tells what is in the contacts: an app password without them must
 * not see it either.
 */
export const isHidden = (
  collection: Pick<Collection, 'kind' | 'id'>,
  actor: Pick<Actor, 'birthdayCalendar' | 'services' | 'collections'>,
): boolean =>
  (actor.collections !== null && !actor.collections.has(collection.id)) ||
  (isBirthdayCalendar(collection, actor) && !actor.services.has('contacts'));
