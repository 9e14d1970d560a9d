/** Which collection is the calendar of birthdays, and who sees it. */
import type { Actor } from '../../auth/index.js';
import type { Collection } from '../../storage/index.js';

/** Whether a collection is the one that the server makes. */
export const isBirthdayCalendar = (
  { kind, id }: Pick<Collection, 'kind' | 'id'>,
  { birthdayCalendar }: Pick<Actor, 'birthdayCalendar'>,
): boolean => kind === 'calendar' && id === birthdayCalendar;

/** It tells what is in the contacts: an app password without them must not see it (docs/security.md). */
export const isHidden = (
  collection: Pick<Collection, 'kind' | 'id'>,
  actor: Pick<Actor, 'birthdayCalendar' | 'services'>,
): boolean => isBirthdayCalendar(collection, actor) && !actor.services.has('contacts');
