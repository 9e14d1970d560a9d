/** The members of what is above objects, as the actor sees them. */
import type { Actor } from '../../auth/index.js';
import { listCollections, pageObjects } from '../../storage/index.js';
import type { ObjectId, Reader } from '../../storage/index.js';
import {
  collectionKindOf,
  collectionResource,
  homeResource,
  objectResource,
  principalResource,
} from './resolve.js';
import { isCollection, sees } from './resource.js';
import type { CollectionResource, HomeResource, Resource, RootResource } from './resource.js';
import { isHidden } from './visibility.js';

/** The members of a container above the accounts: of principals and homes, the actor's own alone. */
export function rootMembers(actor: Actor, root: RootResource): readonly Resource[] {
  const member = (path: string): RootResource => ({ kind: 'root', path });
  switch (root.path) {
    case '/':
      return [member('/dav/')];
    case '/dav/':
      return ['/dav/principals/', '/dav/calendars/', '/dav/addressbooks/'].map(member);
    case '/dav/principals/':
      return [principalResource(actor)];
    case '/dav/calendars/':
      return sees(actor, 'calendars') ? [homeResource(actor, 'calendars')] : [];
    case '/dav/addressbooks/':
      return sees(actor, 'addressbooks') ? [homeResource(actor, 'addressbooks')] : [];
    default:
      return [];
  }
}

/** The collections of a home that the actor sees, in the order in which they were made. */
export async function homeMembers(
  reader: Reader,
  actor: Actor,
  { home }: HomeResource,
): Promise<readonly CollectionResource[]> {
  const collections = await listCollections(reader, actor.accountId, collectionKindOf(home));
  const visible = collections.filter((collection) => !isHidden(collection, actor));
  return visible.map((collection) => collectionResource(actor, home, collection));
}

const PAGE = 500;

/** Everything below a resource, at any depth. */
export async function* descendants(
  reader: Reader,
  actor: Actor,
  resource: Resource,
): AsyncGenerator<Resource> {
  if (isCollection(resource)) {
    yield* objectsOf(reader, resource);
    return;
  }
  let members: readonly Resource[] = [];
  if (resource.kind === 'root') members = rootMembers(actor, resource);
  else if ('home' in resource && !('collection' in resource))
    members = await homeMembers(reader, actor, resource);
  for (const member of members) {
    yield member;
    yield* descendants(reader, actor, member);
  }
}

async function* objectsOf(reader: Reader, parent: CollectionResource): AsyncGenerator<Resource> {
  let after: ObjectId | 0 = 0;
  for (;;) {
    const page = await pageObjects(reader, parent.collection, after, PAGE);
    for (const object of page) yield objectResource(parent, object);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}
