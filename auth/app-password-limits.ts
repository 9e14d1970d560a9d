/** To which collections an app password is limited: as it is kept, and whether it can be. */
import { listCollections } from '../storage/collections.js';
import type { Reader } from '../storage/database.js';
import { CollectionId, type AccountId } from '../storage/ids.js';
import type { Service } from './actor.js';
import { AuthError } from './errors.js';

/** In ascending order, so that the same choice is always the same text. */
export const writeCollections = (ids: Iterable<CollectionId>): string =>
  [...new Set(ids)].sort((a, b) => a - b).join(',');

/** Collections that are gone may be among them: their numbers are never given to others. */
export const readCollections = (text: string): ReadonlySet<CollectionId> =>
  new Set(text === '' ? [] : text.split(',').map((id) => CollectionId(Number(id))));

export interface CollectionChoice {
  readonly services: ReadonlySet<Service>;
  readonly collections?: ReadonlySet<CollectionId> | undefined;
}

/** The collections that were chosen, as they are kept and by their names; undefined for no limit. */
export interface ChosenCollections {
  readonly text: string | null;
  readonly names: readonly string[];
}

const kinds = [
  ['calendars', 'calendar'],
  ['contacts', 'addressbook'],
] as const;

/**
 * Keeps of the chosen collections those of the services; an account's own alone can be chosen.
 * @throws AuthError collections-invalid for one that is not there, collections-empty where a service is left without any
 */
export async function checkCollections(
  reader: Reader,
  accountId: AccountId,
  { services, collections }: CollectionChoice,
): Promise<ChosenCollections> {
  if (collections === undefined) return { text: null, names: [] };
  const ids: CollectionId[] = [];
  const names: string[] = [];
  const known = new Set<CollectionId>();
  for (const [service, kind] of kinds) {
    const all = await listCollections(reader, accountId, kind);
    for (const { id } of all) known.add(id);
    if (!services.has(service)) continue;
    const chosen = all.filter(({ id }) => collections.has(id));
    if (chosen.length === 0)
      throw new AuthError(
        'collections-empty',
        kind === 'calendar' ? 'Choose at least one calendar.' : 'Choose at least one address book.',
      );
    for (const { id, displayName, name } of chosen) {
      ids.push(id);
      names.push(displayName ?? name);
    }
  }
  if ([...collections].some((id) => !known.has(id)))
    throw new AuthError('collections-invalid', 'One of the chosen calendars or address books is not there.');
  return { text: writeCollections(ids), names };
}
