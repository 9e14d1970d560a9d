/** What the activity can be filtered by: events that belong together, by what stands before the dot in their names. */
import { activityEvents } from '../../../auth/index.js';
import type { ActivityEvent } from '../../../auth/index.js';
import { text } from '../text.js';

export const activityKinds = ['sign-in', 'app-password', 'two-step', 'password', 'account'] as const;
export type ActivityKind = (typeof activityKinds)[number];

const beginnings: Readonly<Record<ActivityKind, readonly string[]>> = {
  'sign-in': ['sign-in', 'session', 'sessions', 'step-up'],
  'app-password': ['app-password'],
  'two-step': ['totp', 'passkey', 'factors', 'recovery-codes', 'recovery-code'],
  password: ['password'],
  account: ['account', 'link', 'group', 'registration', 'mail'],
};

export const eventWords = (event: ActivityEvent): string => text(`event.${event}`);

/** What stands before the dot. */
export const beginningOf = (event: ActivityEvent): string => event.slice(0, event.indexOf('.'));

/** The events of a kind; undefined, for all of them, where there is no such kind. */
export function eventsOf(kind: string): readonly ActivityEvent[] | undefined {
  const known = activityKinds.find((each) => each === kind);
  if (known === undefined) return undefined;
  return activityEvents.filter((event) => beginnings[known].includes(beginningOf(event)));
}
