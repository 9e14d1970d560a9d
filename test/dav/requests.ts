/** The few requests that most tests make, by supertest. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { Test } from 'supertest';
import type { Response } from 'supertest';
import { escapeText } from '../../dav/xml/write.js';
import type { Device, DavServer } from './dav-server.js';
import { multistatus } from './answers.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Connections are kept, as clients keep them; one that is idle holds no test up. */
const connections = new Agent({ keepAlive: true });

/** One request as that device. */
export async function send(
  { url }: Pick<DavServer, 'url'>,
  device: Device | undefined,
  method: string,
  path: string,
  { headers = {}, body }: RequestOptions = {},
): Promise<Answer> {
  const test = new Test(url, method, path)
    .agent(connections)
    .redirects(0)
    // Whatever the status: tests say what they expect.
    .ok(() => true)
    .buffer(true)
    .parse(asText)
    .set(device === undefined ? {} : { Authorization: device.authorization })
    .set(typeof body === 'string' ? { 'Content-Type': 'text/plain;charset=UTF-8' } : {})
    .set(headers);
  const response = await (body === undefined
    ? test
    : test.send(typeof body === 'string' ? body : Buffer.from(body)));
  const fields = Object.entries(response.headers as Record<string, string | string[]>);
  return {
    status: response.status,
    headers: new Headers(fields.map(([name, value]) => [name, String(value)])),
    // superagent reads no body where there cannot be one (HEAD, 204, 304).
    body: typeof response.body === 'string' ? response.body : '',
  };
}

/** The body as it came, whatever its type. */
function asText(response: Response, done: (error: Error | null, body: string) => void): void {
  const parts: Buffer[] = [];
  response.on('data', (part: Buffer) => parts.push(part));
  response.on('error', (error: Error) => {
    done(error, '');
  });
  response.on('end', () => {
    done(null, Buffer.concat(parts).toString('utf8'));
  });
}

/** The paths of the collections in a home, in order. */
export async function collectionsOf(
  server: DavServer,
  device: Device,
  home: 'calendars' | 'addressbooks',
): Promise<string[]> {
  const path = `/dav/${home}/${device.name}/`;
  const answer = await send(server, device, 'PROPFIND', path, { headers: { Depth: '1' } });
  assert.equal(answer.status, 207);
  return multistatus(answer.body)
    .map(({ href }) => href)
    .filter((href) => href !== path);
}

/** The path of the first calendar or address book. */
export async function firstCollection(
  server: DavServer,
  device: Device,
  home: 'calendars' | 'addressbooks' = 'calendars',
): Promise<string> {
  const [first] = await collectionsOf(server, device, home);
  assert.ok(first);
  return first;
}

export interface EventFields {
  readonly start?: string;
  readonly summary?: string;
  /** More content lines of the VEVENT. */
  readonly lines?: readonly string[];
}

/** A small valid event. */
export function event(
  uid: string,
  { start = '20260105T100000Z', summary = 'Test', lines = [] }: EventFields = {},
): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Latchkey//Test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    `DTSTART:${start}`,
    `SUMMARY:${summary}`,
    ...lines,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

/** A small valid card. */
export function card(uid: string, name = 'Anna Example', lines: readonly string[] = []): string {
  const header = ['BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, `FN:${name}`, 'N:Example;Anna;;;'];
  return [...header, ...lines, 'END:VCARD', ''].join('\r\n');
}

export const calendarType = { 'Content-Type': 'text/calendar; charset=utf-8' } as const;
export const cardType = { 'Content-Type': 'text/vcard; charset=utf-8' } as const;

/** Stores an object and answers its ETag. */
export async function put(
  server: DavServer,
  device: Device,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const type = body.startsWith('BEGIN:VCARD') ? cardType : calendarType;
  const answer = await send(server, device, 'PUT', path, { headers: { ...type, ...headers }, body });
  assert.ok(answer.status === 201 || answer.status === 204, `PUT ${path}: ${answer.status} ${answer.body}`);
  const etag = answer.headers.get('etag');
  assert.ok(etag);
  return etag;
}

/** The body of a sync-collection report that asks for ETags. */
export function syncBody(token: string, limit?: number): string {
  const nresults = limit === undefined ? '' : `<limit><nresults>${limit}</nresults></limit>`;
  return `<sync-collection xmlns="DAV:"><sync-token>${escapeText(token)}</sync-token><sync-level>1</sync-level>${nresults}<prop><getetag/></prop></sync-collection>`;
}
