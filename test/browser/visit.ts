/** Looking at the console of a test with a real browser. */
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import type { House, Visitor } from '../console/house.js';
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

const DAY = 86_400_000;

/** Gives an account devices in every state that a card can show. */
export async function furnish(home: House, name: string): Promise<void> {
  const account = await home.auth.accounts.find(name);
  if (account === undefined) throw new Error(`There is no account ${name}`);
  const { appPasswords, basic, accounts } = home.auth;
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
  if (account.displayName === undefined) {
    throw new Error('The pictures want a display name');
  }
  await accounts.setProfile(account.id, { timeZone: 'Europe/Berlin' }, shell);
  const old = await make('Old phone', 'android');
  await appPasswords.revoke(account.id, old.appPassword.id, shell);
  await make('Study', 'gnome', { services: new Set(['contacts']) });
  const mail = await make('Thunderbird at work', 'thunderbird', {
    access: 'read',
    expiresAt: home.now() + 5 * DAY,
  });
  const laptop = await make('MacBook', 'mac', { services: new Set(['calendars']) });
  const iphone = await make('Anna’s iPhone', 'iphone');
  await use(mail.secret, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0');
  await use(laptop.secret, 'macOS/14.5 (23F79) accountsd/113');
  await use(iphone.secret, 'iOS/18.1 (22B83) dataaccessd/1.0');
  await firstUseWritten(home, account.id);
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
