/** Which dead properties there is no room for, so that each of them can be told (RFC 4918 §9.2.1: 507). */
import type { DeadProperty } from '../../storage/index.js';
import type { Name } from '../xml/names.js';

/**
 * The properties that would take a resource beyond `most`, by what each takes: of those that are set, in order, the ones
 * that do not fit beside what stays. None where all of them together fit.
 */
export function withoutRoom(
  kept: readonly DeadProperty[],
  changes: ReadonlyMap<Name, string | undefined>,
  most: number,
  sizeOf: (property: DeadProperty) => number,
): readonly Name[] {
  let taken = kept
    .filter(({ name }) => !changes.has(name as Name))
    .reduce((sum, property) => sum + sizeOf(property), 0);
  const refused: Name[] = [];
  for (const [name, xml] of changes) {
    if (xml === undefined) continue;
    const size = sizeOf({ name, xml });
    if (taken + size > most) refused.push(name);
    else taken += size;
  }
  return refused;
}
