/** Who looks at resources: an account through an app password, and what the server's directory lets it see of others. */
import type { Actor } from '../../auth/index.js';

/**
 * Whose principals an account finds: those of all accounts, of those that are in a group with it, or its own alone.
 */
export type Directory = 'all' | 'shared' | 'none';

export interface Viewer extends Actor {
  readonly directory: Directory;
}
