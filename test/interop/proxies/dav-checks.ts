/** That DAV means the same through the proxy: every method, every header that decides, every byte of an address. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import { event } from '../samples.js';
import type { Login } from '../lab.js';
import { SecureClient } from './secure-client.js';
import type { Got, Sent } from './secure-client.js';
import type { Site } from './site.js';

const ICS = { 'Content-Type': 'text/calendar; charset=utf-8' };
const XML = { 'Content-Type': 'application/xml; charset=utf-8' };

const propfind = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>';
const query =
  '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>' +
  '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>';
const rename =
  '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>Büro</D:displayname></D:prop></D:set></D:propertyupdate>';
const lockInfo =
  '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>';
const newCollection =
  '<D:mkcol xmlns:D="DAV:" xmlns:CR="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>' +
  '<D:resourcetype><D:collection/><CR:addressbook/></D:resourcetype></D:prop></D:set></D:mkcol>';

export function davChecks(site: Site): Check[] {
  const check = (name: string, run: (client: SecureClient) => Promise<void>): Check => ({
    name,
    run: async (signal) => run(new SecureClient(site, await site.lab.sharedAccount(signal), signal)),
  });
  return [
    check('every method of DAV, and the headers that decide', everyMethod),
    check('names with spaces, umlauts and signs come back byte for byte', names),
    check('%2F in a name reaches the server as it is', encodedSlash),
    check('the well-known addresses lead to https', (client) => wellKnown(site, client)),
    check('without an app password 401 with Basic comes back, and its realm', challenges),
    check('ETags stay strong, whatever encodings a client takes', strongETags),
  ];
}

async function expect(
  client: SecureClient,
  status: number,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Got> {
  const got = await client.send(method, path, sent);
  assert.equal(got.status, status, `${method} ${path}\n${got.text.slice(0, 1000)}`);
  return got;
}

const homeOf = ({ user }: Login): string => `/dav/calendars/${user}/`;

async function newCalendar(client: SecureClient, name: string): Promise<string> {
  const path = `${homeOf(client.login)}${name}/`;
  await expect(client, 201, 'MKCALENDAR', path);
  return path;
}

async function everyMethod(client: SecureClient): Promise<void> {
  const path = await newCalendar(client, 'methods');
  const options = await expect(client, 200, 'OPTIONS', path);
  assert.match(String(options.headers['dav']), /calendar-access/);
  assert.match(String(options.headers.allow), /REPORT/);
  await expect(client, 207, 'PROPPATCH', path, { headers: XML, body: rename });
  await expect(client, 201, 'MKCOL', `/dav/addressbooks/${client.login.user}/methods/`, {
    headers: XML,
    body: newCollection,
  });

  const one = event('one');
  const file = `${path}one.ics`;
  const put = await expect(client, 201, 'PUT', file, {
    headers: { ...ICS, 'If-None-Match': '*' },
    body: one.text,
  });
  const etag = String(put.headers.etag);
  const again = event('changed', { uid: one.uid }).text;
  await expect(client, 412, 'PUT', file, { headers: { ...ICS, 'If-None-Match': '*' }, body: again });
  await expect(client, 412, 'PUT', file, { headers: { ...ICS, 'If-Match': '"other"' }, body: again });
  await expect(client, 204, 'PUT', file, { headers: { ...ICS, 'If-Match': etag }, body: again });
  assert.equal((await expect(client, 200, 'GET', file)).text, again);
  assert.equal((await expect(client, 200, 'HEAD', file)).text, '');
  for (const [depth, found] of [
    ['0', 1],
    ['1', 2],
  ] as const) {
    const headers = { ...XML, Depth: depth };
    const { text } = await expect(client, 207, 'PROPFIND', path, { headers, body: propfind });
    assert.equal(text.match(/<\/(?:\w+:)?response>/g)?.length, found);
  }
  assert.match(
    (await expect(client, 207, 'REPORT', path, { headers: { ...XML, Depth: '1' }, body: query })).text,
    /one\.ics/,
  );

  const other = await newCalendar(client, 'methods-two');
  const to = (target: string): Record<string, string> => ({ Destination: target, Overwrite: 'F' });
  // As clients write it, with the address that they know.
  const origin = new URL(client.baseUrl).origin;
  await expect(client, 201, 'COPY', file, { headers: to(`${origin}${other}two.ics`) });
  await expect(client, 412, 'COPY', file, { headers: to(`${origin}${other}two.ics`) });
  await expect(client, 201, 'MOVE', `${other}two.ics`, { headers: to(`${origin}${other}three.ics`) });
  await expect(client, 201, 'MOVE', `${other}three.ics`, { headers: to(`${other}four.ics`) });
  await expect(client, 502, 'MOVE', `${other}four.ics`, {
    headers: to(`https://dav.example.org${other}five.ics`),
  });

  const lock = await expect(client, 200, 'LOCK', file, {
    headers: { ...XML, Timeout: 'Second-60' },
    body: lockInfo,
  });
  const token = String(lock.headers['lock-token']);
  await expect(client, 423, 'PUT', file, { headers: ICS, body: one.text });
  await expect(client, 204, 'PUT', file, { headers: { ...ICS, If: `(${token})` }, body: one.text });
  await expect(client, 204, 'UNLOCK', file, { headers: { 'Lock-Token': token } });
  const acl = await expect(client, 403, 'ACL', file, { headers: XML, body: '<acl xmlns="DAV:"/>' });
  assert.match(acl.text, /need-privileges/);
  await expect(client, 201, 'POST', path, { headers: ICS, body: event('posted').text });
  await expect(client, 204, 'DELETE', file);
  await expect(client, 204, 'DELETE', path);
}

async function names(client: SecureClient): Promise<void> {
  const path = await newCalendar(client, 'B%C3%BCro%20%26%20mehr');
  const given = [
    'a%20b.ics',
    'M%C3%BCller.ics',
    '100%25.ics',
    'a+b;c=d@e.ics',
    '%23hash%3F.ics',
    "it's(1),2.ics",
  ];
  for (const name of given)
    await expect(client, 201, 'PUT', `${path}${name}`, { headers: ICS, body: event(name).text });
  const { text } = await expect(client, 207, 'PROPFIND', path, {
    headers: { ...XML, Depth: '1' },
    body: propfind,
  });
  const found = [...text.matchAll(/<(?:\w+:)?href>([^<]*)<\//g)].map(([, href = '']) => href);
  const decoded = (href: string): string => decodeURIComponent(href.replaceAll('&amp;', '&'));
  assert.deepEqual(
    found
      .map(decoded)
      .filter((href) => href.endsWith('.ics'))
      .sort(),
    given.map((name) => decoded(`${path}${name}`)).sort(),
  );
  for (const href of found.filter((each) => each.endsWith('.ics')))
    await expect(client, 204, 'DELETE', href.replaceAll('&amp;', '&'));
}

/** The server takes no such name; what matters is that it is the server who says so, of the name as it was sent. */
async function encodedSlash(client: SecureClient): Promise<void> {
  const path = await newCalendar(client, 'slash');
  for (const [method, name] of [
    ['PUT', 'a%2Fb.ics'],
    ['GET', 'a%2fb.ics'],
    ['GET', '%2e%2e%2fsecret.ics'],
    ['GET', 'a//b.ics'],
    ['GET', 'a/../b.ics'],
  ] as const) {
    const sent = method === 'PUT' ? { headers: ICS, body: event('slash').text } : {};
    const through = await client.send(method, `${path}${name}`, sent);
    const direct = await client.send(method, `${path}${name}`, { ...sent, plain: true });
    assert.deepEqual([through.status, through.text], [direct.status, direct.text], `${method} ${name}`);
    assert.ok(through.status >= 400 && through.status < 500, `${through.status}`);
    assert.notEqual(through.headers['x-request-id'], undefined, 'the server has answered');
  }
}

async function wellKnown(site: Site, client: SecureClient): Promise<void> {
  for (const [name, target] of [
    ['caldav', '/dav/calendars/'],
    ['carddav', '/dav/addressbooks/'],
  ] as const)
    for (const method of ['GET', 'PROPFIND']) {
      const path = `/.well-known/${name}`;
      const { headers } = await expect(client, 301, method, path, { anonymous: true });
      const location = new URL(String(headers.location), new URL(path, site.lab.baseUrl));
      assert.equal(location.href, new URL(target, site.lab.baseUrl).href);
      await expect(client, 207, 'PROPFIND', location.pathname, {
        headers: { ...XML, Depth: '0' },
        body: propfind,
      });
    }
}

async function challenges(client: SecureClient): Promise<void> {
  const path = homeOf(client.login);
  const wrong = { Authorization: `Basic ${Buffer.from('nobody:nothing').toString('base64')}` };
  for (const sent of [{ anonymous: true }, { headers: wrong }] as const) {
    const { headers } = await expect(client, 401, 'PROPFIND', path, sent);
    assert.equal(headers['www-authenticate'], 'Basic realm="Latchkey calendars", charset="UTF-8"');
  }
}

async function strongETags(client: SecureClient): Promise<void> {
  const path = `${await newCalendar(client, 'etags')}one.ics`;
  const { text } = event('x'.repeat(5_000));
  const put = await expect(client, 201, 'PUT', path, { headers: ICS, body: text });
  const got = await expect(client, 200, 'GET', path, { headers: { 'Accept-Encoding': 'gzip, deflate, br' } });
  assert.equal(got.headers['content-encoding'], undefined);
  assert.equal(got.headers.etag, put.headers.etag);
  assert.equal(got.text, text);
  await expect(client, 304, 'GET', path, { headers: { 'If-None-Match': String(put.headers.etag) } });
}
