/** What a URL turned out to be, with what is stored about it. */
import type { Actor } from '../../auth/index.js';
import type { AccountId, Collection, GroupRow, StoredObject } from '../../storage/index.js';
import type { DavError } from '../http/errors.js';
import type { Home } from './path.js';

interface Located {
  /** Absolute path, percent-encoded; collections end in `/`. */
  readonly path: string;
}

/** The containers above accounts: `/`, `/dav/`, `/dav/principals/`, `/dav/calendars/`, `/dav/addressbooks/`. */
export interface RootResource extends Located {
  readonly kind: 'root';
}
export interface PrincipalResource extends Located {
  readonly kind: 'principal';
  readonly principal: Principal;
  /** The actor's own; of another, the directory shows no more than who it is. */
  readonly own: boolean;
}
/** Accounts that belong together (RFC 3744 §2). */
export interface GroupResource extends Located {
  readonly kind: 'group';
  readonly group: Pick<GroupRow, 'key' | 'name' | 'displayName'>;
}
/** What is known of an account beyond its things. */
export interface Principal {
  readonly id: AccountId;
  /** The login name as it stands in URLs. */
  readonly name: string;
  readonly displayName: string | null;
  readonly email: string | null;
}
export interface HomeResource extends Located {
  readonly kind: 'calendar-home' | 'addressbook-home';
  readonly home: Home;
}
export interface CollectionResource extends Located {
  readonly kind: 'calendar' | 'addressbook';
  readonly home: Home;
  readonly collection: Collection;
}
export interface ObjectResource extends Located {
  readonly kind: 'calendar-object' | 'address-object';
  readonly home: Home;
  readonly collection: Collection;
  readonly object: StoredObject;
  /** The bytes, where the request asked for something that needs them; or why what it asked for cannot be given. */
  readonly data?: Uint8Array | DavError;
  /** Attributes on the element that carries them, written, where they are in another notation than they are stored in. */
  readonly dataAttributes?: string | undefined;
}

/** Something that exists and that the actor may see. */
export type Resource =
  RootResource | PrincipalResource | GroupResource | HomeResource | CollectionResource | ObjectResource;
export type ResourceKind = Resource['kind'];

/** Where nothing is yet, but something could be made: what PUT, MKCOL and MKCALENDAR aim at. */
export interface Vacancy extends Located {
  readonly kind: 'vacant-collection' | 'vacant-object';
  readonly home: Home;
  readonly name: string;
  /** The collection that the object would stand in. */
  readonly collection?: Collection;
}

export const allKinds: readonly ResourceKind[] = [
  'root',
  'principal',
  'group',
  'calendar-home',
  'addressbook-home',
  'calendar',
  'addressbook',
  'calendar-object',
  'address-object',
];
export const collectionKinds: readonly ResourceKind[] = ['calendar', 'addressbook'];
export const homeKinds: readonly ResourceKind[] = ['calendar-home', 'addressbook-home'];
export const objectKinds: readonly ResourceKind[] = ['calendar-object', 'address-object'];

/** Whether a resource is the home of calendars or of address books. */
export const isHome = (resource: Resource | Vacancy | undefined): resource is HomeResource =>
  resource?.kind === 'calendar-home' || resource?.kind === 'addressbook-home';

/** Whether a resource is a calendar or an address book. */
export const isCollection = (resource: Resource | Vacancy | undefined): resource is CollectionResource =>
  resource?.kind === 'calendar' || resource?.kind === 'addressbook';

/** Whether a resource is an object inside a collection. */
export const isObject = (resource: Resource | Vacancy | undefined): resource is ObjectResource =>
  resource?.kind === 'calendar-object' || resource?.kind === 'address-object';

/** The service that an app password must have for what lies below a home. */
export const serviceOf = (home: Home): 'calendars' | 'contacts' =>
  home === 'calendars' ? 'calendars' : 'contacts';

/** Whether the actor's app password lets them see that home at all. */
export const sees = (actor: Actor, home: Home): boolean => actor.services.has(serviceOf(home));
