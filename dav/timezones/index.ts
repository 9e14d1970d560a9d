/**
 * The time zone data distribution service (RFC 7808) that RFC 7809 §3.1.2 asks of a server that sends and takes time zones
 * by reference. Public data, the same for everybody: nobody is asked who he is, and every answer may be cached.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { calendarMediaTypes, iCalendar } from '../caldav/media-types.js';
import type { CalendarMediaType } from '../caldav/media-types.js';
import { wantedOf } from '../http/accept.js';
import { bareTag, parseEntityTags } from '../http/conditional.js';
import { answer, notAPage } from '../http/exchange.js';
import { capabilities } from './capabilities.js';
import { leapSeconds } from './leap-seconds.js';
import { single } from './parameters.js';
import type { TimezonePath } from './path.js';
import { matcherOf } from './pattern.js';
import { Problem } from './problem.js';
import { observancesOf, timezoneObject } from './zone-data.js';
import { etagOf, synctoken, zoneList } from './zone-list.js';

export { parseTimezonePath, servicePath } from './path.js';

/** What is sent, and the entity tag of it. */
interface Found {
  readonly type: string;
  readonly etag: string;
  readonly body: string;
}

const json = (value: unknown, etag = synctoken): Found => ({
  type: 'application/json; charset=utf-8',
  etag,
  body: JSON.stringify(value),
});

/** An hour: clients look for new data once a day (§4.1.4). */
const common = {
  'Cache-Control': 'public, max-age=3600',
  ...notAPage,
} as const;
const methods = 'GET, HEAD, OPTIONS';

/** Answers any request to an address of the service; what is wrong with it is told as problem details (§4.1.7). */
export function answerTimezones(
  request: IncomingMessage,
  response: ServerResponse,
  path: TimezonePath,
): void {
  const exchange = { request, response };
  if (request.method === 'OPTIONS') {
    answer(exchange, 200, { Allow: methods });
    return;
  }
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new Problem(405, 'invalid-action', 'Time zones are read with GET.', { Allow: methods });
    const found = find(request, path);
    const headers = { ...common, ETag: `"${found.etag}"`, Vary: 'Accept' };
    const tags = parseEntityTags(request.headers['if-none-match'] ?? '');
    if (tags === '*' || tags.includes(bareTag(found.etag))) answer(exchange, 304, headers);
    else answer(exchange, 200, { ...headers, 'Content-Type': found.type }, found.body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const type = { 'Content-Type': 'application/problem+json; charset=utf-8', 'Content-Language': 'en' };
    const headers = Object.fromEntries(
      Object.entries(error.headers).map(([name, value]) => [name, String(value)]),
    );
    answer(exchange, error.status, { ...type, ...headers }, error.body);
  }
}

function find(request: IncomingMessage, path: TimezonePath): Found {
  const query = queryOf(request.url ?? '');
  switch (path.action) {
    case 'capabilities':
      return json(capabilities);
    case 'leapseconds':
      return json(leapSeconds);
    case 'zones':
      return zones(query);
    case 'get':
      return timezone(path.tzid, query, request.headers.accept);
    case 'expand':
      return json(observancesOf(path.tzid, query), etagOf(path.tzid, 'observances'));
    case 'nothing':
      throw new Problem(404, 'invalid-action', 'There is no such action; see /capabilities.');
  }
}

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

/** §5.2 and §5.5. All zones change together here: a token is that of now, or one of other data. */
function zones(query: URLSearchParams): Found {
  const pattern = single(query, 'pattern', 'invalid-pattern');
  const changedSince = single(query, 'changedsince', 'invalid-changedsince');
  if (pattern !== undefined) {
    const matches = matcherOf(pattern);
    const timezones = zoneList().filter(({ tzid, aliases = [] }) => [tzid, ...aliases].some(matches));
    return json({ synctoken, timezones });
  }
  return json({ synctoken, timezones: changedSince === synctoken ? [] : zoneList() });
}

/** §5.3, in the notation that Accept asks for (§4.1.2). */
function timezone(tzid: string, query: URLSearchParams, accept: string | undefined): Found {
  const text = timezoneObject(tzid, query);
  const media = mediaFor(accept);
  return {
    type: media === iCalendar ? 'text/calendar; charset=utf-8' : `${media.mediaType}; charset=utf-8`,
    etag: etagOf(tzid, media.tag),
    body: media.write(text),
  };
}

/** @throws Problem 406 */
function mediaFor(accept: string | undefined): CalendarMediaType {
  const wanted = wantedOf(accept);
  let [best, most] = [iCalendar, 0];
  for (const media of calendarMediaTypes) {
    const { quality } = wanted(media);
    if (quality > most) [best, most] = [media, quality];
  }
  if (most > 0) return best;
  const offered = calendarMediaTypes.map(({ mediaType }) => mediaType).join(', ');
  throw new Problem(406, 'invalid-format', `Time zones are given as ${offered}.`);
}
