/** That people can sign in through the proxy, and that what protects them there is in force. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Check } from '../check.js';
import { formOn, Visitor } from '../../console/house.js';
import type { Answer, Fields } from '../../console/house.js';
import { CLIENT_ADDRESS, SecureClient } from './secure-client.js';
import type { Site } from './site.js';

const PASSWORD = 'plum tree in the yard';

export function consoleChecks(site: Site): Check[] {
  return [
    {
      name: 'sign-in by https: cookies for this host and https alone, HSTS, no store',
      run: (signal) => signsIn(site, signal),
    },
    { name: 'forms of other sites are refused, ours are taken', run: (signal) => checksOrigin(site, signal) },
  ];
}

/** A browser without JavaScript, over https with the proxy. */
class SecureVisitor extends Visitor {
  readonly setCookies: string[] = [];
  /** Headers that the next requests carry beside the usual ones. */
  extra: Readonly<Record<string, string>> = {};

  constructor(
    site: Site,
    private readonly client: SecureClient,
  ) {
    super(new URL(site.lab.baseUrl).origin);
  }

  override async request(method: 'GET' | 'POST', path: string, fields?: Fields): Promise<Answer> {
    const sent = fields === undefined ? undefined : new URLSearchParams(fields).toString();
    const got = await this.client.send(method, path, {
      anonymous: true,
      headers: {
        Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(sent === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...this.extra,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const { 'set-cookie': cookies = [], location = null } = got.headers;
    this.setCookies.push(...cookies);
    for (const cookie of cookies) this.keep(cookie);
    const headers = new Headers();
    for (const [name, value] of Object.entries(got.headers)) headers.set(name, String(value));
    return { status: got.status, headers, body: got.text, bytes: got.bytes, path, location };
  }
}

async function visitor(
  site: Site,
  signal: AbortSignal,
): Promise<{ readonly user: string; readonly browser: SecureVisitor }> {
  const login = await site.lab.account(signal);
  await site.lab.setPassword(login.user, PASSWORD, signal);
  return { user: login.user, browser: new SecureVisitor(site, new SecureClient(site, login, signal)) };
}

async function signsIn(site: Site, signal: AbortSignal): Promise<void> {
  const { user, browser } = await visitor(site, signal);
  const page = await browser.open('/sign-in');
  assert.equal(page.status, 200);
  assert.match(page.headers.get('strict-transport-security') ?? '', /max-age=31536000/);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.equal(page.headers.get('content-encoding'), null);
  const inside = await browser.send(page, '/sign-in', { name: user, password: PASSWORD });
  assert.equal(inside.status, 200);
  assert.ok(!inside.path.startsWith('/sign-in'), inside.path);
  assert.ok(browser.setCookies.length >= 2, browser.setCookies.join('\n'));
  for (const cookie of browser.setCookies) assert.match(cookie, /^__Host-[^=]+=.*; Secure/);
  const activity = z.array(z.object({ event: z.string(), address: z.string().optional() }));
  const file = await browser.open('/activity/export?format=json&kind=sign-in');
  if (file.headers.get('content-type')?.startsWith('application/json') === true) {
    const [last] = activity.parse(JSON.parse(file.body));
    assert.deepEqual(last, { event: 'sign-in.succeeded', address: CLIENT_ADDRESS });
  }
}

async function checksOrigin(site: Site, signal: AbortSignal): Promise<void> {
  const { user, browser } = await visitor(site, signal);
  const page = await browser.open('/sign-in');
  const fields = { ...formOn(page, '/sign-in'), name: user, password: PASSWORD };
  const ours = new URL(site.lab.baseUrl).origin;
  for (const extra of [
    { Origin: 'https://evil.example.org' },
    { Origin: ours, 'Sec-Fetch-Site': 'cross-site' },
  ]) {
    browser.extra = extra;
    assert.equal((await browser.request('POST', '/sign-in', fields)).status, 403, JSON.stringify(extra));
  }
  browser.extra = { Origin: ours, 'Sec-Fetch-Site': 'same-origin' };
  assert.equal((await browser.request('POST', '/sign-in', { ...fields, csrf: 'x'.repeat(64) })).status, 403);
  assert.equal((await browser.request('POST', '/sign-in', fields)).status, 303);
}
