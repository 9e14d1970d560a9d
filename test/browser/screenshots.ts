/** Makes docs/screenshots: `node dist/test/browser/screenshots.js`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { projectRoot } from '../../server/config.js';
import { Person, house, livedIn, setUpPath } from '../console/house.js';
import { closeBrowser } from './browser.js';
import { desktop, furnish, openWindow, phone } from './visit.js';

const baseUrl = new URL('https://dav.example.org');
const folder = join(projectRoot, 'docs', 'screenshots');
const looks = [
  { suffix: '', colorScheme: 'light', viewport: { ...desktop, width: 1120 }, deviceScaleFactor: 1 },
  { suffix: '-dark', colorScheme: 'dark', viewport: { ...desktop, width: 1120 }, deviceScaleFactor: 1 },
  { suffix: '-phone', colorScheme: 'light', viewport: phone, deviceScaleFactor: 1 },
] as const;

const take = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: 'disabled' });

await mkdir(folder, { recursive: true });

const { home, anna } = await livedIn({ baseUrl });
await anna.send(await anna.open('/profile'), '/profile', { displayName: 'Anna Lee' });
await furnish(home, 'anna');
anna.cookies.clear();
await anna.signIn();
for (const { suffix, ...look } of looks) {
  const context = await openWindow(home, look, anna);
  const page = await context.newPage();
  await page.goto('/');
  await take(page, `home${suffix}`);
  await page.goto('/app-passwords');
  await take(page, `app-passwords${suffix}`);
  await context.close();
}
const shell = { kind: 'shell' } as const;
const bob = await home.auth.accounts.create({ name: 'bob', displayName: 'Bob Moor' }, shell);
await home.auth.groups.create({ name: 'family', displayName: 'The family' }, shell);
for (const { id } of [await anna.account(), bob]) await home.auth.groups.add('family', id, shell);
const passwords = await home.auth.appPasswords.list((await anna.account()).id);
const password = passwords.find(({ label }) => label === 'Anna’s iPhone');
const pages = {
  'app-password-page': `/app-passwords/${password?.id ?? ''}`,
  guide: '/help/devices/thunderbird',
  accounts: '/admin',
  group: '/admin/groups/family',
  activity: '/activity',
};
{
  const context = await openWindow(home, looks[0], anna);
  const page = await context.newPage();
  for (const [name, address] of Object.entries(pages)) {
    await page.goto(address);
    await take(page, name);
  }
  await context.close();
}
for (const { suffix, ...look } of looks) {
  home.pass(1000);
  const context = await openWindow(home, look, anna);
  const page = await context.newPage();
  await page.goto('/app-passwords/new?device=android');
  await page.getByLabel('Name').fill('Tablet');
  await page.getByRole('button', { name: 'Make the password' }).click();
  await page.locator('#secret-0').waitFor();
  await take(page, `app-password${suffix}`);
  await context.close();
}
await home.dispose();

const fresh = await house({ baseUrl });
const first = new Person(fresh, 'anna');
const path = await setUpPath(fresh);
const fields = {
  name: 'anna',
  displayName: 'Anna Lee',
  password: 'plum tree in the yard',
  repeat: 'plum tree in the yard',
};
await first.send(await first.send(await first.open(path), path, fields), '/security/two-step');
for (const { suffix, ...look } of looks) {
  const context = await openWindow(fresh, look, first);
  const page = await context.newPage();
  await page.goto('/security/two-step/app');
  await take(page, `two-step${suffix}`);
  await context.close();
}
await fresh.dispose();

// Passkeys are offered where the page has the address that they are bound to.
const local = await livedIn();
for (const [name, address, who] of [
  ['methods', '/security/two-step', local.anna],
  ['sign-in', '/sign-in', undefined],
] as const) {
  const context = await openWindow(local.home, looks[0], who);
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'networkidle' });
  await take(page, name);
  await context.close();
}
await local.home.dispose();
await closeBrowser();
