import type { Statement } from '../statement.js';

/** What one step does. A step that has been released is never changed. */
export interface Migration {
  /** Four digits and a few words; steps are applied in this order. */
  readonly name: string;
  readonly statements: readonly Statement<object, unknown>[];
}
