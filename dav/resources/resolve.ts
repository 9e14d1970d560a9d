/**
 * From a path to what is stored there, for one actor. Another account's path, a home outside the app password's scope
 * and what is not there at all are the same: undefined (docs/security.md, "Isolation").
 */
import { foldName } from '../../auth/index.js';
import type { Actor } from '../../auth/index.js';
import { findCollection, findObjectAt, findPrincipal, shareAGroup } from '../../storage/index.js';
import type { Collection, Reader, StoredObject } from '../../storage/index.js';
import { findVisibleGroup } from '../acl/groups.js';
import { collectionPath, encodeSegment, homePath, principalPath } from './path.js';
import type { DavPath, Home } from './path.js';
import { sees } from './resource.js';
import type {
  CollectionResource,
  HomeResource,
  ObjectResource,
  Principal,
  PrincipalResource,
  Resource,
  Vacancy,
} from './resource.js';
import type { Viewer } from './viewer.js';
import { isHidden, isLimited } from './visibility.js';

export const collectionKindOf = (home: Home): 'calendar' | 'addressbook' =>
  home === 'calendars' ? 'calendar' : 'addressbook';

/** Account names are compared as they are stored: NFC and without case. */
export const sameName = (given: string, own: string): boolean =>
  given === own || given.normalize('NFC').toLowerCase() === own.normalize('NFC').toLowerCase();

/** Whether a name leads to the actor's own account: the login name or an earlier one. */
export const isOwnName = ({ accountNames }: Pick<Actor, 'accountNames'>, given: string): boolean =>
  accountNames.some((name) => sameName(given, name));

/**
 * The actor as the address of a request calls it. A device that asks under an earlier name of the account is answered with
 * addresses under that name, or it would take everything for new.
 */
export function calledAs<Asking extends Actor>(actor: Asking, path: DavPath | undefined): Asking {
  if (path === undefined || !('account' in path) || !isOwnName(actor, path.account)) return actor;
  const { accountNames: names } = actor;
  const asked =
    names.find((name) => name === path.account) ?? names.find((name) => sameName(path.account, name));
  return asked === undefined || asked === actor.accountName ? actor : { ...actor, accountName: asked };
}

/** What the path names: something that is there, a place where something can be made, or nothing for this actor. */
export async function resolve(
  reader: Reader,
  actor: Viewer,
  path: DavPath,
): Promise<Resource | Vacancy | undefined> {
  switch (path.kind) {
    case 'root':
      return { kind: 'root', path: '/' };
    case 'dav':
      return { kind: 'root', path: '/dav/' };
    case 'principals':
      return { kind: 'root', path: '/dav/principals/' };
    case 'homes':
      return { kind: 'root', path: `/dav/${path.home}/` };
    case 'beyond':
    case 'nothing':
      return undefined;
    case 'principal':
      return resolvePrincipal(reader, actor, path.account);
    case 'group':
      return findVisibleGroup(reader, actor, foldName(path.group));
    case 'home':
    case 'collection':
    case 'object':
      if (!isOwnName(actor, path.account) || !sees(actor, path.home)) return undefined;
      return resolveBelowHome(reader, actor, path);
  }
}

export const principalResource = ({
  accountId,
  accountName,
  displayName,
  email,
}: Actor): PrincipalResource => ({
  kind: 'principal',
  path: principalPath(accountName),
  principal: { id: accountId, name: accountName, displayName, email },
  own: true,
});

/** Another account's principal, where the directory shows it. */
export const foreignPrincipal = (principal: Principal): PrincipalResource => ({
  kind: 'principal',
  path: principalPath(principal.name),
  principal,
  own: false,
});

async function resolvePrincipal(
  reader: Reader,
  viewer: Viewer,
  account: string,
): Promise<PrincipalResource | undefined> {
  if (isOwnName(viewer, account)) return principalResource(viewer);
  if (viewer.directory === 'none') return undefined;
  const found = await findPrincipal(reader, foldName(account));
  if (found === undefined) return undefined;
  const isShown = viewer.directory === 'all' || (await shareAGroup(reader, viewer.accountId, found.id));
  if (!isShown) return undefined;
  // Under an earlier name it stays where it was for whoever knows that.
  return sameName(account, found.name)
    ? foreignPrincipal(found)
    : { ...foreignPrincipal(found), path: principalPath(account.normalize('NFC')) };
}

export const homeResource = (actor: Actor, home: Home): HomeResource => ({
  kind: home === 'calendars' ? 'calendar-home' : 'addressbook-home',
  home,
  path: homePath(home, actor.accountName),
});

export const collectionResource = (actor: Actor, home: Home, collection: Collection): CollectionResource => ({
  kind: collectionKindOf(home),
  home,
  collection,
  path: collectionPath(home, actor.accountName, collection.name),
});

export function objectResource(
  parent: CollectionResource,
  object: StoredObject,
  data?: ObjectResource['data'],
  dataAttributes?: string,
): ObjectResource {
  return {
    kind: parent.kind === 'calendar' ? 'calendar-object' : 'address-object',
    home: parent.home,
    collection: parent.collection,
    object,
    path: parent.path + encodeSegment(object.name),
    ...(data === undefined ? {} : { data, dataAttributes }),
  };
}

async function resolveBelowHome(
  reader: Reader,
  actor: Actor,
  path: Extract<DavPath, { readonly kind: 'home' | 'collection' | 'object' }>,
): Promise<Resource | Vacancy | undefined> {
  const { home } = path;
  if (path.kind === 'home') return homeResource(actor, home);
  const name = path.kind === 'collection' ? path.name : path.collection;
  const kind = collectionKindOf(home);
  // Asked for together: an engine that is far away answers both at once.
  const [there, object] = await Promise.all([
    findCollection(reader, actor.accountId, kind, name),
    path.kind === 'object'
      ? findObjectAt(reader, actor.accountId, { kind, collection: name, name: path.name })
      : undefined,
  ]);
  const hidden = there !== undefined && isHidden(there, actor);
  // Who makes collections must not be told that the name is free; to others it is as if there were nothing.
  if (hidden && !isLimited(actor)) return undefined;
  const collection = hidden ? undefined : there;
  const at = collectionPath(home, actor.accountName, name);
  if (path.kind === 'collection') {
    return collection === undefined
      ? { kind: 'vacant-collection', home, name, path: at }
      : collectionResource(actor, home, collection);
  }
  const vacancy = {
    kind: 'vacant-object',
    home,
    name: path.name,
    path: at + encodeSegment(path.name),
  } as const;
  if (collection === undefined) return vacancy;
  if (object === undefined) return { ...vacancy, collection };
  return objectResource(collectionResource(actor, home, collection), object);
}

/** Whether something is there. */
export function exists(found: Resource | Vacancy | undefined): found is Resource {
  return found !== undefined && found.kind !== 'vacant-collection' && found.kind !== 'vacant-object';
}
