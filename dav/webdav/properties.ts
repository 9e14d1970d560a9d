/** The live properties of RFC 4918 §15, RFC 3253 §3.1.5, RFC 4331 and RFC 6578 §4. */
import { usedBytes } from '../../storage/index.js';
import type { ObjectEntry } from '../../storage/index.js';
import { quotaOf } from '../http/quota.js';
import type { LiveProperty } from '../live-property.js';
import type { Resource } from '../resources/resource.js';
import {
  allKinds,
  collectionKinds,
  homeKinds,
  isCollection,
  isHome,
  isObject,
  objectKinds,
} from '../resources/resource.js';
import { subscribedType } from '../caldav/subscription.js';
import { presentHomeToken } from '../sync/home-token.js';
import { syncToken } from '../sync/token.js';
import { textValue } from './text-value.js';
import { calendarServer, caldav, carddav, dav } from '../xml/names.js';
import { element, escapeText, href } from '../xml/write.js';

const collectionType = element(dav('collection'), '');
const resourceTypes: Readonly<Record<Resource['kind'], string>> = {
  root: collectionType,
  principal: collectionType + element(dav('principal'), ''),
  group: collectionType + element(dav('principal'), ''),
  'calendar-home': collectionType,
  'addressbook-home': collectionType,
  calendar: collectionType + element(caldav('calendar'), ''),
  addressbook: collectionType + element(carddav('addressbook'), ''),
  'calendar-object': '',
  'address-object': '',
};

const subscriptionType = collectionType + element(subscribedType, '');

function resourceTypeOf(resource: Resource): string {
  const isSubscription = resource.kind === 'calendar' && resource.collection.source !== null;
  return isSubscription ? subscriptionType : resourceTypes[resource.kind];
}

const quotedEtag = ({ etag }: Pick<ObjectEntry, 'etag'>): string => `"${etag}"`;

/** Content-Type of a stored object, for GET and DAV:getcontenttype alike. */
export function contentTypeOf(object: { readonly component: string }): string {
  return object.component === 'VCARD'
    ? 'text/vcard; charset=utf-8'
    : `text/calendar; charset=utf-8; component=${object.component}`;
}

function displayNameOf(resource: Resource): string | undefined {
  if (isCollection(resource)) return resource.collection.displayName ?? undefined;
  if (resource.kind === 'principal') return resource.principal.displayName ?? resource.principal.name;
  if (resource.kind === 'group') return resource.group.displayName ?? resource.group.name;
  return undefined;
}

export const webdavProperties: readonly LiveProperty[] = [
  {
    name: dav('resourcetype'),
    appliesTo: allKinds,
    inAllprop: true,
    get: resourceTypeOf,
    ofEntry: () => '',
  },
  {
    name: dav('displayname'),
    appliesTo: ['principal', 'group', ...collectionKinds],
    inAllprop: true,
    get: (resource) => {
      const name = displayNameOf(resource);
      return name === undefined ? undefined : escapeText(name);
    },
    set: (value) => ({ displayName: textValue(value) }),
  },
  {
    name: dav('getetag'),
    appliesTo: objectKinds,
    inAllprop: true,
    get: (resource) => (isObject(resource) ? quotedEtag(resource.object) : undefined),
    ofEntry: quotedEtag,
  },
  {
    name: dav('getcontenttype'),
    appliesTo: objectKinds,
    inAllprop: true,
    get: (resource) => (isObject(resource) ? contentTypeOf(resource.object) : undefined),
    ofEntry: contentTypeOf,
  },
  {
    name: dav('getcontentlength'),
    appliesTo: objectKinds,
    inAllprop: true,
    get: (resource) => (isObject(resource) ? String(resource.object.size) : undefined),
  },
  {
    // RFC 4918 §15.3: what a GET says in Content-Language, which none here does. Set, it would say something else.
    name: dav('getcontentlanguage'),
    appliesTo: objectKinds,
    get: () => undefined,
  },
  {
    name: dav('getlastmodified'),
    appliesTo: [...objectKinds, ...collectionKinds],
    inAllprop: true,
    get: (resource) => {
      if (isObject(resource)) return new Date(resource.object.modifiedAt).toUTCString();
      return isCollection(resource) ? new Date(resource.collection.modifiedAt).toUTCString() : undefined;
    },
  },
  {
    name: dav('creationdate'),
    appliesTo: [...objectKinds, ...collectionKinds],
    inAllprop: true,
    get: (resource) => {
      if (isObject(resource)) return internetDate(resource.object.createdAt);
      return isCollection(resource) ? internetDate(resource.collection.createdAt) : undefined;
    },
  },
  {
    // RFC 3253 §3.1.5. The homes list what their members support: macOS looks there (docs/clients.md).
    name: dav('supported-report-set'),
    appliesTo: allKinds,
    get: (resource, { reportsOf }) =>
      reportsOf(resource)
        .map((report) => element(dav('supported-report'), element(dav('report'), element(report, ''))))
        .join(''),
  },
  {
    name: dav('sync-token'),
    appliesTo: [...homeKinds, ...collectionKinds],
    get: (resource, context) => {
      if (isHome(resource)) return presentHomeToken(context, resource);
      return isCollection(resource) ? syncToken(context.epoch, resource.collection) : undefined;
    },
  },
  {
    // RFC 5995 §3.2.1: the collection itself takes the POST.
    name: dav('add-member'),
    appliesTo: collectionKinds,
    get: (resource) => href(resource.path),
  },
  {
    // CalendarServer ctag §4.1; macOS Contacts fetches nothing without it.
    name: calendarServer('getctag'),
    appliesTo: collectionKinds,
    get: (resource, { epoch }) =>
      isCollection(resource) ? syncToken(epoch, resource.collection) : undefined,
  },
  {
    name: dav('quota-used-bytes'),
    appliesTo: [...homeKinds, ...collectionKinds],
    get: async (_resource, { actor, reader }) => String(await usedBytes(reader, actor.accountId)),
  },
  {
    // RFC 4331 §3: absent where nothing limits the account but the disk.
    name: dav('quota-available-bytes'),
    appliesTo: [...homeKinds, ...collectionKinds],
    get: async (_resource, { actor, reader, limits }) => {
      const quota = quotaOf(actor, limits);
      if (quota === null) return undefined;
      return String(Math.max(0, quota - (await usedBytes(reader, actor.accountId))));
    },
  },
];

/** RFC 3339 with seconds, as DAV:creationdate has it. */
function internetDate(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}
