/** The live properties of RFC 4791 §5.2 and §6.2, and the colour and order that Apple's Calendar keeps beside them. */
import { supportedCollations } from '../collation/index.js';
import { earliestDateTime, formatUtc, latestDateTime, supportedRscales } from '../icalendar/index.js';
import type { LiveProperty } from '../live-property.js';
import { DavError } from '../http/errors.js';
import type { CollectionResource, Resource } from '../resources/resource.js';
import { homePath, principalPath } from '../resources/path.js';
import type { XmlElement } from '../xml/element.js';
import { child, childrenNamed } from '../xml/element.js';
import { appleIcal, caldav, dav } from '../xml/names.js';
import { element, escapeAttribute, escapeText, href } from '../xml/write.js';
import { componentsOf, storableComponents } from './components.js';
import { attributesOf, calendarData, calendarDataName } from './calendar-data.js';
import { calendarMediaTypes } from './media-types.js';
import { calendarTimezone, calendarTimezoneId, zoneOf, zoneOfId } from './timezone.js';
import { servicePath } from '../timezones/path.js';
import { description, descriptionLanguage } from '../webdav/description.js';
import { textValue } from '../webdav/text-value.js';

const calendarOf = (resource: Resource): CollectionResource['collection'] | undefined =>
  resource.kind === 'calendar' ? resource.collection : undefined;
const isOwn = (resource: Resource): boolean => resource.kind === 'principal' && resource.own;
const textOf = (value: string | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : escapeText(value);

function readComponentSet(value: XmlElement | undefined): readonly string[] | null {
  if (value === undefined) return null;
  const names = childrenNamed(value, caldav('comp')).map((comp) =>
    (comp.attributes.get('name') ?? '').toUpperCase(),
  );
  const unknown = names.find((name) => !storableComponents.includes(name));
  if (unknown !== undefined) {
    throw new DavError(
      403,
      `Calendars here hold ${storableComponents.join(', ')}, not ${JSON.stringify(unknown)}.`,
      {
        precondition: caldav('supported-calendar-component'),
      },
    );
  }
  return names.length === 0 ? null : [...new Set(names)];
}

function readTimezone(value: XmlElement | undefined): {
  readonly timezone: string | null;
  readonly zone: string | null;
} {
  const timezone = textValue(value, 64 * 1024);
  return { timezone, zone: timezone === null ? null : zoneOf(timezone) };
}

/** RFC 6638 §9.1: one of two elements; opaque where nothing is said. */
function readTransparency(value: XmlElement | undefined): boolean {
  if (value === undefined) return false;
  const [transparent, opaque] = ['transparent', 'opaque'].map((local) => child(value, caldav(local)));
  if ((transparent === undefined) === (opaque === undefined))
    throw new DavError(409, 'This property holds either CALDAV:opaque or CALDAV:transparent.');
  return transparent !== undefined;
}

export const caldavProperties: readonly LiveProperty[] = [
  calendarData,
  {
    // RFC 4791 §6.2.1. A password for contacts alone sees no calendars (docs/security.md).
    name: caldav('calendar-home-set'),
    appliesTo: ['principal'],
    get: (resource, { actor }) =>
      isOwn(resource) && actor.services.has('calendars')
        ? href(homePath('calendars', actor.accountName))
        : undefined,
  },
  {
    // RFC 6638 §2.4.1; Apple asks for it before anything else.
    name: caldav('calendar-user-address-set'),
    appliesTo: ['principal'],
    get: (resource, { actor }) => {
      if (!actor.services.has('calendars') || resource.kind !== 'principal') return undefined;
      const { name, email } = resource.principal;
      const own = href(principalPath(name));
      if (email === null) return own;
      const mail = escapeText(`mailto:${email}`);
      // Old Thunderbird takes the last address, new ones the first, Apple the preferred one (docs/clients.md).
      return `<D:href preferred="1">${mail}</D:href>${own}<D:href>${mail}</D:href>`;
    },
  },
  {
    // §5.2.3: set when the calendar is made, protected afterwards.
    name: caldav('supported-calendar-component-set'),
    appliesTo: ['calendar'],
    get: (resource) => {
      const calendar = calendarOf(resource);
      if (calendar === undefined) return undefined;
      return componentsOf(calendar)
        .map((name) => element(caldav('comp'), '', ` name="${escapeAttribute(name)}"`))
        .join('');
    },
    set: (value, resource) => {
      if (resource.existing) {
        throw new DavError(403, 'The components of a calendar are chosen when it is made.', {
          precondition: dav('cannot-modify-protected-property'),
        });
      }
      return { components: readComponentSet(value) };
    },
  },
  {
    // §5.2.1
    name: caldav('calendar-description'),
    appliesTo: ['calendar'],
    get: (resource) => textOf(calendarOf(resource)?.description),
    attributes: descriptionLanguage,
    set: description,
  },
  {
    // §5.2.2
    name: caldav('calendar-timezone'),
    appliesTo: ['calendar'],
    get: (resource) => {
      const calendar = calendarOf(resource);
      return calendar && textOf(calendarTimezone(calendar));
    },
    set: (value) => readTimezone(value),
  },
  {
    // RFC 7809 §5.2
    name: caldav('calendar-timezone-id'),
    appliesTo: ['calendar'],
    get: (resource) => {
      const calendar = calendarOf(resource);
      return calendar && textOf(calendarTimezoneId(calendar));
    },
    set: (value) => {
      const id = textValue(value, 200);
      return { timezone: null, zone: id === null ? null : zoneOfId(id) };
    },
  },
  {
    // RFC 7809 §5.1
    name: caldav('timezone-service-set'),
    appliesTo: ['calendar-home'],
    get: () => href(servicePath),
  },
  {
    // §5.2.4
    name: caldav('supported-calendar-data'),
    appliesTo: ['calendar'],
    get: () => calendarMediaTypes.map((media) => element(calendarDataName, '', attributesOf(media))).join(''),
  },
  {
    // §5.2.5
    name: caldav('max-resource-size'),
    appliesTo: ['calendar'],
    get: (_resource, { limits }) => String(limits.maxResourceSize),
  },
  {
    // §5.2.6
    name: caldav('min-date-time'),
    appliesTo: ['calendar'],
    get: () => formatUtc(earliestDateTime),
  },
  {
    // §5.2.7
    name: caldav('max-date-time'),
    appliesTo: ['calendar'],
    get: () => formatUtc(latestDateTime),
  },
  {
    // §5.2.9
    name: caldav('max-attendees-per-instance'),
    appliesTo: ['calendar'],
    get: (_resource, { limits }) => String(limits.maxAttendees),
  },
  {
    // RFC 7529 §10.1
    name: caldav('supported-rscale-set'),
    appliesTo: ['calendar-home', 'calendar'],
    get: () => supportedRscales.map((rscale) => element(caldav('supported-rscale'), rscale)).join(''),
  },
  {
    // RFC 6638 §9.1
    name: caldav('schedule-calendar-transp'),
    appliesTo: ['calendar'],
    get: (resource) => {
      const calendar = calendarOf(resource);
      return calendar && element(caldav(calendar.transparent ? 'transparent' : 'opaque'), '');
    },
    set: (value) => ({ transparent: readTransparency(value) }),
  },
  {
    // §7.5.1
    name: caldav('supported-collation-set'),
    appliesTo: ['calendar'],
    get: () =>
      supportedCollations.map((collation) => element(caldav('supported-collation'), collation)).join(''),
  },
  {
    name: appleIcal('calendar-color'),
    appliesTo: ['calendar'],
    get: (resource) => textOf(calendarOf(resource)?.color),
    set: (value) => ({ color: textValue(value, 64) }),
  },
  {
    name: appleIcal('calendar-order'),
    appliesTo: ['calendar'],
    get: (resource) => textOf(calendarOf(resource)?.sortOrder),
    set: (value) => ({ sortOrder: textValue(value, 32) }),
  },
];
