/** The requests that clients send, as the bytes that go out. */

export type Home = 'calendars' | 'addressbooks';

/** Where requests go and as whom. */
export interface Target {
  readonly port: number;
  /** The value of the Authorization header. */
  readonly authorization: string;
  /** Where a collection of the benchmark's account is. */
  readonly pathOf: (home: Home, name: string) => string;
}

export interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function request(
  { port, authorization }: Target,
  { method, path, headers = {}, body = '' }: RequestParts,
): Buffer {
  const fields = {
    Host: `127.0.0.1:${port}`,
    Authorization: authorization,
    'User-Agent': 'latchkey-bench',
    Accept: '*/*',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

const xml = { 'Content-Type': 'application/xml; charset=utf-8' } as const;
const declaration = '<?xml version="1.0" encoding="utf-8"?>\n';
const namespaces =
  'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cr="urn:ietf:params:xml:ns:carddav" xmlns:cs="http://calendarserver.org/ns/"';

/** A request with an XML body. */
function ask(target: Target, method: string, path: string, depth: string, body: string): Buffer {
  return request(target, { method, path, headers: { ...xml, Depth: depth }, body: declaration + body });
}

/** Whether anything has changed: what an idle client asks all day. */
export const poll = (target: Target, path: string): Buffer =>
  ask(
    target,
    'PROPFIND',
    path,
    '0',
    `<d:propfind ${namespaces}><d:prop><cs:getctag/><d:sync-token/></d:prop></d:propfind>`,
  );

export const list = (target: Target, path: string): Buffer =>
  ask(target, 'PROPFIND', path, '1', `<d:propfind ${namespaces}><d:prop><d:getetag/></d:prop></d:propfind>`);

/** All that has changed since a token, or as many of the changes as a client wants at a time. */
export const sync = (target: Target, path: string, token: string, limit?: number): Buffer =>
  ask(
    target,
    'REPORT',
    path,
    '0',
    `<d:sync-collection ${namespaces}><d:sync-token>${token}</d:sync-token><d:sync-level>1</d:sync-level>${limit === undefined ? '' : `<d:limit><d:nresults>${limit}</d:nresults></d:limit>`}<d:prop><d:getetag/></d:prop></d:sync-collection>`,
  );

export const multiget = (target: Target, path: string, names: readonly string[]): Buffer =>
  ask(
    target,
    'REPORT',
    path,
    '1',
    `<c:calendar-multiget ${namespaces}><d:prop><d:getetag/><c:calendar-data/></d:prop>${names
      .map((name) => `<d:href>${path}${name}</d:href>`)
      .join('')}</c:calendar-multiget>`,
  );

/** Events of a time range, as instants in UTC of the basic format, with their data. */
export const timeRangeQuery = (target: Target, path: string, start: string, end: string): Buffer =>
  ask(
    target,
    'REPORT',
    path,
    '1',
    `<c:calendar-query ${namespaces}><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="${start}" end="${end}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>`,
  );

/** Cards with a mail address that contains the text, with their data. */
export const emailQuery = (target: Target, path: string, contains: string): Buffer =>
  ask(
    target,
    'REPORT',
    path,
    '1',
    `<cr:addressbook-query ${namespaces}><d:prop><d:getetag/><cr:address-data/></d:prop><cr:filter><cr:prop-filter name="EMAIL"><cr:text-match collation="i;unicode-casemap" match-type="contains">${contains}</cr:text-match></cr:prop-filter></cr:filter></cr:addressbook-query>`,
  );

const contentTypeOf = (home: Home): string =>
  `${home === 'calendars' ? 'text/calendar' : 'text/vcard'}; charset=utf-8`;

export const put = (target: Target, home: Home, path: string, body: string): Buffer =>
  request(target, {
    method: 'PUT',
    path,
    headers: {
      'Content-Type': contentTypeOf(home),
      'If-None-Match': '*',
    },
    body,
  });

/** Adds a member, whose name the server chooses (RFC 5995). */
export const add = (target: Target, home: Home, path: string, body: string): Buffer =>
  request(target, { method: 'POST', path, headers: { 'Content-Type': contentTypeOf(home) }, body });

/** Makes a collection (RFC 5689). */
export function makeCollection(target: Target, home: Home, path: string): Buffer {
  const type = home === 'calendars' ? '<c:calendar/>' : '<cr:addressbook/>';
  return request(target, {
    method: 'MKCOL',
    path,
    headers: xml,
    body: `${declaration}<d:mkcol ${namespaces}><d:set><d:prop><d:resourcetype><d:collection/>${type}</d:resourcetype></d:prop></d:set></d:mkcol>`,
  });
}
