/** That nothing is gathered on the way, in either direction, and who the server thinks is there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as overHttp } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Check } from '../check.js';
import { event } from '../samples.js';
import { answerOf, CLIENT_ADDRESS, read, SecureClient } from './secure-client.js';
import type { ProxyKind } from './kinds.js';
import { STALL_SECONDS } from './site.js';
import type { Site } from './site.js';

const ICS = { 'Content-Type': 'text/calendar; charset=utf-8' };
const MEGABYTE = 1024 * 1024;
/** Together more than all buffers on the way. */
const LARGE_OBJECTS = 12;

export function transportChecks(site: Site, { wantsWholeBody }: ProxyKind): Check[] {
  const check = (name: string, run: (client: SecureClient) => Promise<void>): Check => ({
    name,
    run: async (signal) => run(new SecureClient(site, await site.lab.sharedAccount(signal), signal)),
  });
  return [
    check('the server sees the client’s address, not what a client says of itself', (client) =>
      seesClient(site, client),
    ),
    check('plain http leads to https', (client) => redirects(site, client)),
    check('10 MB are stored, and a byte more than the server takes is refused in its words', largeUpload),
    check(
      wantsWholeBody
        ? 'a refusal comes before the body, to those who ask first'
        : 'a refusal comes before the body is sent',
      (client) => refusedEarly(client, wantsWholeBody),
    ),
    check('Expect: 100-continue', expectContinue),
    check('a long answer begins before it is complete, and waits for who reads it', (client) =>
      streams(site, client),
    ),
    check('HTTP/2: many requests over one connection', http2),
  ];
}

const homeOf = ({ login }: SecureClient): string => `/dav/calendars/${login.user}/`;

const requestLine = z.object({
  method: z.string(),
  status: z.number(),
  address: z.string(),
  requestId: z.string(),
  aborted: z.boolean().optional(),
});

async function lineOf(site: Site, requestId: string): Promise<z.infer<typeof requestLine> | undefined> {
  const { all } = await site.lab.requests();
  return all.map((line) => requestLine.parse(JSON.parse(line))).find((each) => each.requestId === requestId);
}

/** The log is written many lines at a time. */
async function lineSoon(site: Site, requestId: string): Promise<z.infer<typeof requestLine>> {
  for (let tries = 0; tries < 100; tries += 1) {
    const line = await lineOf(site, requestId);
    if (line !== undefined) return line;
    await delay(100);
  }
  throw new Error(`the log has no line for ${requestId}`);
}

async function seesClient(site: Site, client: SecureClient): Promise<void> {
  const { status, headers } = await client.send('OPTIONS', homeOf(client), {
    headers: {
      'X-Forwarded-For': '203.0.113.7',
      'X-Forwarded-Proto': 'http',
      'X-Real-IP': '203.0.113.7',
      Forwarded: 'for=203.0.113.7;proto=http',
    },
  });
  assert.equal(status, 200);
  assert.equal((await lineSoon(site, String(headers['x-request-id']))).address, CLIENT_ADDRESS);
}

async function redirects(site: Site, client: SecureClient): Promise<void> {
  const request = overHttp({
    hostname: '127.0.0.1',
    port: site.httpPort,
    path: '/dav/calendars/?a=%2F',
    headers: { Host: 'localhost', Authorization: client.authorization },
  });
  const answer = answerOf(request);
  request.end();
  const { status, headers } = await read(await answer);
  assert.equal(status, 308);
  const { protocol, hostname, pathname, search } = new URL(String(headers.location));
  assert.deepEqual(
    [protocol, hostname, pathname, search],
    ['https:', 'localhost', '/dav/calendars/', '?a=%2F'],
  );
}

/** An event with attachments, of exactly this many bytes. */
function large(bytes: number): { readonly uid: string; readonly text: string } {
  const { uid, text } = event('large');
  const line = `${'QUJD'.repeat(18)}\r\n `;
  // No line may be too long, unfolded: one attachment for each megabyte.
  const attachment = `ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=image/png:\r\n ${line.repeat(MEGABYTE / line.length)}QUJD\r\n`;
  const [head = '', tail = ''] = text.split('END:VEVENT');
  const count = Math.floor((bytes - text.length) / attachment.length);
  const all = `${head}${attachment.repeat(count)}END:VEVENT${tail}`;
  const missing = bytes - Buffer.byteLength(all);
  return { uid, text: all.replace('SUMMARY:large', `SUMMARY:large${'e'.repeat(missing)}`) };
}

async function largeUpload(client: SecureClient): Promise<void> {
  const path = `${homeOf(client)}large/`;
  assert.equal((await client.send('MKCALENDAR', path)).status, 201);
  const { text } = large(10 * MEGABYTE);
  assert.equal(Buffer.byteLength(text), 10 * MEGABYTE);
  const { status, text: said } = await client.send('PUT', `${path}a.ics`, { headers: ICS, body: text });
  assert.equal(status, 201, said);
  assert.equal((await client.send('GET', `${path}a.ics`)).text, text);
  const more = large(10 * MEGABYTE + 1).text;
  const refused = await client.send('PUT', `${path}b.ics`, { headers: ICS, body: more });
  assert.ok([403, 413].includes(refused.status), `${refused.status}`);
  assert.match(refused.text, /max-resource-size/);
}

/** From a proxy that gathers bodies there would be no answer: the rest is never sent. */
async function refusedEarly(client: SecureClient, asks: true | undefined): Promise<void> {
  const wrong = Buffer.from('nobody:nothing').toString('base64');
  const request = client.begin('PUT', `${homeOf(client)}large/c.ics`, {
    headers: {
      ...ICS,
      ...(asks === true ? { Expect: '100-continue' } : {}),
      Authorization: `Basic ${wrong}`,
      'Content-Length': String(8 * MEGABYTE),
    },
  });
  const answer = answerOf(request);
  if (asks === true) request.flushHeaders();
  else request.write(Buffer.alloc(64 * 1024, 'x'));
  assert.equal((await answer).statusCode, 401);
  request.destroy();
}

async function expectContinue(client: SecureClient): Promise<void> {
  const { text } = event('continued');
  const request = client.begin('PUT', `${homeOf(client)}large/continued.ics`, {
    headers: { ...ICS, Expect: '100-continue', 'Content-Length': String(Buffer.byteLength(text)) },
  });
  const answer = answerOf(request);
  request.once('continue', () => request.end(text));
  request.flushHeaders();
  const got = await read(await answer);
  assert.equal(got.status, 201, got.text);
}

async function streams(site: Site, client: SecureClient): Promise<void> {
  const path = `${homeOf(client)}streamed/`;
  assert.equal((await client.send('MKCALENDAR', path)).status, 201);
  let hrefs = '';
  for (let number = 0; number < LARGE_OBJECTS; number += 1) {
    const name = `${path}${number}.ics`;
    const { status } = await client.send('PUT', name, { headers: ICS, body: large(9 * MEGABYTE).text });
    assert.equal(status, 201);
    hrefs += `<D:href>${name}</D:href>`;
  }
  const body =
    '<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>' +
    `${hrefs}</C:calendar-multiget>`;
  const begin = async () => {
    const request = client.begin('REPORT', path, {
      headers: { 'Content-Type': 'application/xml', Depth: '1' },
    });
    const answered = answerOf(request);
    request.end(body);
    const answer = await answered;
    await once(answer, 'readable');
    return answer;
  };

  // The head and some of the body are here, the server has not come to the end, and goes on as it is read.
  const answer = await begin();
  assert.equal(answer.statusCode, 207);
  const requestId = String(answer.headers['x-request-id']);
  await delay(500);
  assert.equal(await lineOf(site, requestId), undefined, 'the answer was gathered on the way');
  const { text } = await read(answer);
  assert.equal(text.match(/BEGIN:VEVENT/g)?.length, LARGE_OBJECTS);
  assert.ok((await lineSoon(site, requestId)).aborted !== true);

  // Nobody reads: the server notices, and does not write for ever.
  const unread = await begin();
  await delay((STALL_SECONDS + 3) * 1000);
  assert.equal((await lineSoon(site, String(unread.headers['x-request-id']))).aborted, true);
  unread.destroy();
}

async function http2(client: SecureClient): Promise<void> {
  const path = `${homeOf(client)}http2/`;
  await client.withHttp2(async (send) => {
    assert.equal((await send('MKCALENDAR', path)).status, 201);
    const samples = Array.from({ length: 50 }, (_, number) => event(`event ${number}`));
    const put = await Promise.all(
      samples.map(({ uid, text }) => send('PUT', `${path}${uid}.ics`, { headers: ICS, body: text })),
    );
    assert.deepEqual(new Set(put.map(({ status }) => status)), new Set([201]));
    const listed = await send('PROPFIND', path, { headers: { Depth: '1' } });
    assert.equal(listed.status, 207);
    assert.equal(listed.text.match(/<\/(?:\w+:)?response>/g)?.length, 51);
    const { text } = large(8 * MEGABYTE);
    assert.equal((await send('PUT', `${path}large.ics`, { headers: ICS, body: text })).status, 201);
    assert.equal((await send('GET', `${path}large.ics`)).text, text);
    assert.equal((await send('DELETE', path)).status, 204);
  });
}
