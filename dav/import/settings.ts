/**
 * What a collection is beside its members, in a form that people read and another server's import takes: the properties of
 * RFC 4918 §15, RFC 4791 §5.2 and RFC 6352 §6.2 that clients set, and their dead ones as XML.
 */
import type { Collection, CollectionKind } from '../../storage/index.js';
import { DavError } from '../http/errors.js';
import type { DavLimits } from '../limits.js';
import { subscribedType, subscriptionSource } from '../caldav/subscription.js';
import { planUpdate } from '../webdav/property-update.js';
import type { Instruction, PropertyUpdate } from '../webdav/property-update.js';
import type { XmlElement } from '../xml/element.js';
import { appleIcal, caldav, calendarServer, carddav, dav, name as clark } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { parseXml, XmlSyntaxError } from '../xml/parse.js';
import { XML_NAMESPACE } from '../xml/write.js';

export interface CollectionSettings {
  readonly displayName: string | null;
  readonly description: string | null;
  readonly descriptionLanguage: string | null;
  readonly color: string | null;
  readonly order: string | null;
  /** Component names that a calendar takes; null for those that it takes without being asked. */
  readonly components: readonly string[] | null;
  /** IANA name of the zone of floating times. */
  readonly timeZone: string | null;
  /** The iCalendar text that a client set for it; counts instead of `timeZone`. */
  readonly calendarTimezone: string | null;
  /** The events are no busy time. */
  readonly transparent: boolean;
  /** The address that a subscription was made for. */
  readonly subscribedTo: string | null;
  /** Each a whole XML element. */
  readonly otherProperties: readonly string[];
}

/** As `otherProperties` has them written. */
export function settingsOf(collection: Collection, otherProperties: readonly string[]): CollectionSettings {
  return {
    displayName: collection.displayName,
    description: collection.description,
    descriptionLanguage: collection.descriptionLanguage,
    color: collection.color,
    order: collection.sortOrder,
    components: collection.components,
    timeZone: collection.timezone === null ? collection.zone : null,
    calendarTimezone: collection.timezone,
    transparent: collection.transparent,
    subscribedTo: collection.source,
    otherProperties,
  };
}

/**
 * What it takes to give a collection those settings: held against the same rules as what clients set. An existing one loses
 * what they do not have, but no dead property.
 * @throws DavError with the sentence of the first property that is refused
 */
export function planSettings(
  settings: CollectionSettings,
  kind: CollectionKind,
  existing: boolean,
  limits: DavLimits,
): Pick<PropertyUpdate, 'changes' | 'dead'> {
  const instructions = [
    ...liveInstructions(settings, kind, existing),
    ...readProperties(settings.otherProperties, limits),
  ];
  const update = planUpdate(instructions, kind, existing);
  for (const refusal of update.outcomes.values()) if (refusal !== undefined) throw refusal;
  return update;
}

/** The address of a subscription. @throws DavError where clients could not fetch it */
export function subscriptionOf({ subscribedTo }: CollectionSettings): string | null {
  if (subscribedTo === null) return null;
  const source = element(calendarServer('source'), [textElement(dav('href'), subscribedTo)]);
  return subscriptionSource([subscribedType], [{ name: source.name, value: source }]) ?? null;
}

/** Properties as they stand in an export. @throws DavError for what is no XML element */
export function readProperties(written: readonly string[], limits: DavLimits): Instruction[] {
  return written.map((xml) => {
    const value = readElement(xml, limits);
    return { name: value.name, value };
  });
}

function readElement(xml: string, limits: DavLimits): XmlElement {
  try {
    return parseXml(Buffer.from(xml), {
      maxBytes: limits.maxRequestBody,
      maxDepth: limits.maxXmlDepth,
      maxElements: limits.maxXmlElements,
    });
  } catch (error) {
    if (!(error instanceof XmlSyntaxError)) throw error;
    throw new DavError(400, `A property is no XML element: ${error.message}`);
  }
}

function liveInstructions(
  settings: CollectionSettings,
  kind: CollectionKind,
  existing: boolean,
): Instruction[] {
  const description = settings.description;
  const shared: [Name, XmlElement | undefined][] = [
    [dav('displayname'), optional(dav('displayname'), settings.displayName)],
    kind === 'calendar'
      ? [caldav('calendar-description'), inLanguage(caldav('calendar-description'), description, settings)]
      : [
          carddav('addressbook-description'),
          inLanguage(carddav('addressbook-description'), description, settings),
        ],
  ];
  const wanted = kind === 'calendar' ? [...shared, ...ofCalendars(settings, existing)] : shared;
  return wanted
    .filter(([, value]) => existing || value !== undefined)
    .map(([name, value]) => ({ name, value }));
}

function ofCalendars(settings: CollectionSettings, existing: boolean): [Name, XmlElement | undefined][] {
  const [color, order] = [appleIcal('calendar-color'), appleIcal('calendar-order')];
  const [timezone, timezoneId] = [caldav('calendar-timezone'), caldav('calendar-timezone-id')];
  const transparency = caldav('schedule-calendar-transp');
  const transparent = element(caldav(settings.transparent ? 'transparent' : 'opaque'), []);
  return [
    [color, optional(color, settings.color)],
    [order, optional(order, settings.order)],
    settings.calendarTimezone === null
      ? [timezoneId, optional(timezoneId, settings.timeZone)]
      : [timezone, textElement(timezone, settings.calendarTimezone)],
    [transparency, settings.transparent || existing ? element(transparency, [transparent]) : undefined],
    // Chosen when a calendar is made.
    ...(existing || settings.components === null ? [] : [componentSet(settings.components)]),
  ];
}

function componentSet(components: readonly string[]): [Name, XmlElement] {
  const name = caldav('supported-calendar-component-set');
  const parts = components.map((each) => ({
    ...element(caldav('comp'), []),
    attributes: new Map([['name', each]]),
  }));
  return [name, element(name, parts)];
}

const element = (name: Name, content: XmlElement['content']): XmlElement => ({
  name,
  attributes: new Map(),
  content,
});
const textElement = (name: Name, text: string): XmlElement => element(name, [text]);
const optional = (name: Name, text: string | null): XmlElement | undefined =>
  text === null ? undefined : textElement(name, text);

function inLanguage(
  name: Name,
  text: string | null,
  { descriptionLanguage }: CollectionSettings,
): XmlElement | undefined {
  if (text === null || descriptionLanguage === null) return optional(name, text);
  const attributes = new Map([[clark(XML_NAMESPACE, 'lang'), descriptionLanguage]]);
  return { ...textElement(name, text), attributes };
}
