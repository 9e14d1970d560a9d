/** Which collection is the calendar of birthdays. */
import type { Actor } from '../../auth/index.js';
import type { Collection } from '../../storage/index.js';

/** Whether a collection is the one that the server makes. */
export const isBirthdayCalendar = (
  { kind, id }: Pick<Collection, 'kind' | 'id'>,
  { birthdayCalendar }: Pick<Actor, 'birthdayCalendar'>,
): boolean => kind === 'calendar' && id === birthdayCalendar;
