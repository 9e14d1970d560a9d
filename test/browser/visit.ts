/** Looking at the console of a test with a real browser. */
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import type { House, Visitor } from '../console/house.js';
import { until } from '../until.js';
import { browser } from './browser.js';

/** A window of the browser, signed in with the cookies of `who` where given. */
export async function openWindow(
  home: House,
  options: BrowserContextOptions = {},
  who?: Visitor,
): Promise<BrowserContext> {
  const context = await (await browser()).newContext({ baseURL: home.origin, ...options });
  const cookies = [...(who?.cookies ?? [])].map(([name, value]) => ({ name, value, url: home.origin }));
  if (cookies.length > 0) await context.addCookies(cookies);
  return context;
}

export const desktop = { width: 1200, height: 800 };
export const phone = { width: 390, height: 844 };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Gives an account devices in the states that a card can show. Weeks pass: whoever was signed in is not any more. */
export async function furnish(home: House, name: string): Promise<void> {
  const account = await home.auth.accounts.find(name);
  if (account === undefined) throw new Error(`There is no account ${name}`);
  const { appPasswords, basic } = home.auth;
  const shell = { kind: 'shell' } as const;
  const both = new Set(['calendars', 'contacts'] as const);
  const make = async (
    label: string,
    device: string,
    more: Partial<Parameters<typeof appPasswords.create>[1]> = {},
  ) => {
    home.pass(1000);
    const input = { label, device, services: both, access: 'write', ...more } as const;
    return appPasswords.create(account.id, input, shell);
  };
  const use = (secret: string, userAgent: string) =>
    basic.authenticate({
      authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
      path: '/dav/',
      address: '192.168.1.20',
      https: true,
      loopback: false,
      userAgent,
    });
  const old = await make('Old phone', 'android');
  home.pass(40 * DAY);
  await appPasswords.revoke(account.id, old.appPassword.id, shell);
  const mail = await make('Thunderbird at work', 'thunderbird', {
    access: 'read',
    expiresAt: home.now() + 26 * DAY,
  });
  home.pass(13 * DAY);
  const laptop = await make('MacBook', 'mac', { services: new Set(['calendars']) });
  const iphone = await make('Anna’s iPhone', 'iphone');
  home.pass(8 * DAY);
  await make('Study', 'gnome', { services: new Set(['contacts']) });
  await use(mail.secret, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0');
  home.pass(2 * HOUR);
  await use(laptop.secret, 'macOS/14.5 (23F79) accountsd/113');
  home.pass(HOUR);
  await use(iphone.secret, 'iOS/18.1 (22B83) dataaccessd/1.0');
  await firstUseWritten(home, account.id);
  home.pass(3 * MINUTE);
}

/** The first use of an app password is written soon, and beside the request. */
async function firstUseWritten(
  { auth }: House,
  id: Parameters<House['auth']['appPasswords']['list']>[0],
): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const used = (await auth.appPasswords.list(id)).filter(({ lastUsedAt }) => lastUsedAt !== undefined);
    if (used.length === 3) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The use of the app passwords was not written');
}

/** Gives every app password of an account requests that went well and such that did not, and the account strays. */
export async function trouble({ auth }: House, name: string): Promise<void> {
  const accountId = (await auth.accounts.find(name))?.id;
  if (accountId === undefined) throw new Error(`There is no account ${name}`);
  const userAgent = 'DAVx5/4.5-ose (dav4jvm; okhttp/5.1.0) Android/15';
  const target = { kind: 'object', home: 'calendars', collection: 'work', object: 'lunch.ics' } as const;
  const sentence = 'This is no iCalendar object: the line 3 has no colon in it.';
  const seen = [
    { method: 'PROPFIND', status: 207, target: { kind: 'home', home: 'calendars' } },
    { method: 'REPORT', status: 207, target: { ...target, kind: 'collection' } },
    { method: 'PUT', status: 403, reason: 'valid-calendar-data', sentence, target },
    { method: 'REPORT', status: 403, reason: 'valid-sync-token', target: { ...target, kind: 'collection' } },
    {
      method: 'PROPFIND',
      status: 404,
      target: { kind: 'nothing', path: `/caldav/${'long'.repeat(20)}.php` },
    },
    { method: 'PUT', status: 507, reason: 'quota-not-exceeded', sentence: 'No room.', target },
  ] as const;
  for (const { id: appPasswordId } of await auth.appPasswords.list(accountId))
    for (const each of [...seen, ...seen.slice(0, 2)])
      auth.recentRequests.answered({ accountId, appPasswordId, address: '192.0.2.20', userAgent, ...each });
  for (const reason of ['mistyped', 'wrong', 'insecure'])
    auth.recentRequests.answered({
      ...{ accountId, appPasswordId: undefined, method: 'PROPFIND', status: 401, reason, userAgent },
      ...{ address: '2001:db8::7', target: { kind: 'container' } },
    });
  // The first use of another is written soon, and all of this with it.
  const services = new Set(['calendars'] as const);
  const { secret } = await auth.appPasswords.create(
    accountId,
    { label: 'Tablet', device: 'android', services, access: 'write' },
    { kind: 'shell' },
  );
  const authorization = `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  await auth.basic.authenticate({
    ...{ authorization, path: '/dav/', address: '192.0.2.20', https: true, loopback: false, userAgent },
  });
  await until(
    async () => (await auth.recentRequests.withoutAppPassword(accountId)).length > 0,
    'the requests are written',
  );
}
