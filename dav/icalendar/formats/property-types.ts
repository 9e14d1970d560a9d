/**
 * The value types of properties (RFC 5545 §3.8, RFC 7953, RFC 7986, RFC 9073, RFC 9074), by their names in lower case: what
 * jCal (RFC 7265 §3.5.1) and xCal (RFC 6321 §3.5) need to know of them.
 */

/** The type of a property without VALUE; `unknown` for one that is not known here. */
export function defaultTypeOf(property: string): string {
  return types.get(property) ?? 'unknown';
}

/** Properties of several values in one line, between commas. */
export const listedProperties: ReadonlySet<string> = new Set([
  ...['categories', 'resources', 'freebusy', 'exdate', 'rdate'],
]);

/** The names of a structured value's parts, in order, that stand between semicolons. */
export const structures: ReadonlyMap<string, readonly string[]> = new Map([
  ['geo', ['latitude', 'longitude']],
  ['request-status', ['code', 'description', 'data']],
]);

/** The parts of a recurrence rule in the order of RFC 6321's and RFC 7529's schemas, and which of them are numbers. */
export const recurParts: readonly string[] = [
  ...['rscale', 'freq', 'until', 'count', 'interval', 'bysecond', 'byminute', 'byhour', 'byday'],
  ...['bymonthday', 'byyearday', 'byweekno', 'bymonth', 'bysetpos', 'wkst', 'skip'],
];
export const numericRecurParts: ReadonlySet<string> = new Set(
  recurParts.filter((part) => !['rscale', 'freq', 'until', 'byday', 'wkst', 'skip'].includes(part)),
);

/** xCal writes a parameter's value inside an element of its type; `text` where nothing else is said, `unknown` beyond these. */
export function parameterTypeOf(parameter: string): string {
  return parameterTypes.get(parameter) ?? 'unknown';
}

const byType: Readonly<Record<string, readonly string[]>> = {
  'date-time': [
    ...['completed', 'created', 'dtend', 'dtstamp', 'dtstart', 'due', 'last-modified'],
    ...['recurrence-id', 'exdate', 'rdate', 'acknowledged'],
  ],
  duration: ['duration', 'trigger', 'refresh-interval'],
  period: ['freebusy'],
  recur: ['rrule', 'exrule'],
  'utc-offset': ['tzoffsetfrom', 'tzoffsetto'],
  integer: ['percent-complete', 'priority', 'repeat', 'sequence'],
  float: ['geo'],
  uri: ['attach', 'tzurl', 'url', 'source', 'conference', 'image'],
  'cal-address': ['attendee', 'organizer', 'calendar-address'],
  text: [
    ...['action', 'busytype', 'calscale', 'categories', 'class', 'color', 'comment', 'contact'],
    ...['description', 'location', 'location-type', 'method', 'name', 'participant-type', 'prodid'],
    ...['proximity', 'related-to', 'request-status', 'resources', 'resource-type', 'status'],
    ...['structured-data', 'styled-description', 'summary', 'transp', 'tzid', 'tzname', 'uid', 'version'],
  ],
};
const types: ReadonlyMap<string, string> = inverted(byType);

const parametersByType: Readonly<Record<string, readonly string[]>> = {
  uri: ['altrep', 'dir', 'schema'],
  'cal-address': ['delegated-from', 'delegated-to', 'member', 'sent-by'],
  boolean: ['rsvp', 'derived'],
  integer: ['order'],
  text: [
    ...['cn', 'cutype', 'encoding', 'fbtype', 'fmttype', 'language', 'partstat', 'range', 'related'],
    ...['reltype', 'role', 'tzid', 'display', 'email', 'feature', 'label'],
  ],
};
const parameterTypes: ReadonlyMap<string, string> = inverted(parametersByType);

function inverted(lists: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(lists).flatMap(([type, names]) => names.map((name) => [name, type])));
}
