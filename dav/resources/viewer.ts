/** Who looks at resources: an account through an app password, and what the server's directory lets it see of others. */
import type { Actor } from '../../auth/index.js';

/**
 * Whose principals an account finds: those of all accounts, of those that are in a group with it, or its own alone.
 */
export type Directory = 'all' | 'shared' | 'none';

export interface Viewer extends Actor {
  readonly directory: Directory;
}

/** Written out name by name: what is spread into a new object gets a shape of its own each time, which makes all that reads it slow. */
export const viewerOf = (actor: Actor, directory: Directory): Viewer => ({
  accountId: actor.accountId,
  accountName: actor.accountName,
  accountNames: actor.accountNames,
  displayName: actor.displayName,
  email: actor.email,
  birthdayCalendar: actor.birthdayCalendar,
  quotaBytes: actor.quotaBytes,
  appPasswordId: actor.appPasswordId,
  services: actor.services,
  access: actor.access,
  collections: actor.collections,
  directory,
});
