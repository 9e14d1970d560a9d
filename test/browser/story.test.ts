/**
 * The whole story, with the server as a process of its own, a real browser and a real client: from the first link to a
 * device that syncs, and to the device that no longer does.
 */
import assert from 'node:assert/strict';
import { generateSync } from 'otplib';
import type { BrowserContext, Page } from 'playwright-core';
import { calendarMultiGet, createDAVClient } from 'tsdav';
import { dataFolder, startServer } from '../server/process.js';
import type { RunningServer } from '../server/process.js';
import { browser, closeBrowser } from './browser.js';

const password = 'plum tree in the yard';

const event = (summary: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Latchkey//story//EN',
    'BEGIN:VEVENT',
    'UID:story@example.org',
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260102T100000Z',
    'DTEND:20260102T110000Z',
    `SUMMARY:${summary}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

const card = (name: string): string =>
  ['BEGIN:VCARD', 'VERSION:3.0', 'UID:story-card', `FN:${name}`, `N:${name};;;;`, 'END:VCARD', ''].join(
    '\r\n',
  );

/** A device that has been given the app password. */
const connect = (serverUrl: string, secret: string, defaultAccountType: 'caldav' | 'carddav') =>
  createDAVClient({
    serverUrl,
    credentials: { username: 'anna', password: secret },
    authMethod: 'Basic',
    defaultAccountType,
  });

describe('From an empty server to a device that syncs', function () {
  this.timeout(240_000);
  let folder: Awaited<ReturnType<typeof dataFolder>>;
  let server: RunningServer;
  let context: BrowserContext;
  let page: Page;
  let origin: string;

  before(async () => {
    folder = await dataFolder();
    server = await startServer({ LATCHKEY_DATA_DIR: folder.path });
    origin = `http://localhost:${server.port}`;
    context = await (await browser()).newContext({ baseURL: origin });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    page = await context.newPage();
  });
  after(async () => {
    await context.close();
    await closeBrowser();
    server.kill('SIGTERM');
    await server.ended;
    await folder.remove();
  });

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const title = (): Promise<string> => page.getByRole('heading', { level: 1 }).innerText();

  let secret = '';

  it('an account is made by the link that the server prints', async () => {
    const link = /http:\/\/localhost:\d+\/setup\/\S+/.exec(server.greeting)?.[0] ?? '';
    await page.goto(link);
    await page.getByLabel('User name').fill('anna');
    await page.getByLabel('Your name').fill('Anna Lee');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Same password again').fill(password);
    await press('Make the account');
    assert.equal(await title(), 'Two-step verification');
  });

  it('two-step verification is switched on with the typed key', async () => {
    await press('Continue');
    const key = (await page.locator('#key').innerText()).replace(/\s/g, '');
    await page.getByLabel('Six-digit code').fill(generateSync({ secret: key }));
    await press('Switch on');
    assert.equal(await page.locator('#codes li').count(), 10);
    await page.getByLabel('I have saved them').check();
    await press('Continue');
    assert.equal(await title(), 'Which device is it for?');
  });

  it('an app password is made, read off the page, and copied', async () => {
    await page.getByRole('link', { name: 'Android' }).click();
    await page.getByLabel('Name').fill('Anna’s phone');
    await press('Make the password');
    secret = (await page.locator('#secret-0').innerText()).replace(/\s/g, '');
    assert.match(secret, /^([a-z0-9]{5}-){4}[a-z0-9]{5}$/);
    assert.ok(!page.url().includes(secret) && !(await page.title()).includes(secret));
    await page.getByRole('button', { name: 'Copy: app password' }).click();
    assert.equal(await page.evaluate<string>('navigator.clipboard.readText()'), secret);
    await page.getByText('Waiting for the first sync').waitFor();
  });

  it('the device finds, makes, reads, changes, syncs and deletes an event, and the page turns green', async () => {
    const device = await connect(origin, secret, 'caldav');
    const [calendar, ...more] = await device.fetchCalendars();
    assert.ok(calendar !== undefined && more.length === 0);
    await page.getByText('It works: the first sync has arrived').waitFor();
    const made = await device.createCalendarObject({
      calendar,
      filename: 'story.ics',
      iCalString: event('Tea'),
    });
    assert.equal(made.status, 201);
    const [object] = await device.fetchCalendarObjects({ calendar });
    assert.ok(object !== undefined);
    // tsdav cuts off the line end after the last line.
    assert.equal(object.data, event('Tea').trimEnd());
    const changed = await device.updateCalendarObject({
      calendarObject: { ...object, data: event('Coffee') },
    });
    assert.ok(changed.ok, `${changed.status}`);
    const [again] = await device.fetchCalendarObjects({ calendar });
    assert.equal(again?.data, event('Coffee').trimEnd());
    const synced = await device.smartCollectionSync({
      collection: { ...calendar, objects: [object], objectMultiGet: calendarMultiGet },
      method: 'webdav',
    });
    assert.match(String(synced.objects[0]?.data), /Coffee/);
    assert.ok((await device.deleteCalendarObject({ calendarObject: again })).ok);
    assert.deepEqual(await device.fetchCalendarObjects({ calendar }), []);
  });

  it('and a contact', async () => {
    const device = await connect(origin, secret, 'carddav');
    const [addressBook] = await device.fetchAddressBooks();
    assert.ok(addressBook !== undefined);
    const made = await device.createVCard({ addressBook, filename: 'story.vcf', vCardString: card('Bo') });
    assert.equal(made.status, 201);
    const [vCard] = await device.fetchVCards({ addressBook });
    assert.ok(vCard !== undefined);
    assert.equal(vCard.data, card('Bo').trimEnd());
    const changed = await device.updateVCard({ vCard: { ...vCard, data: card('Bea') } });
    assert.ok(changed.ok, `${changed.status}`);
    const [again] = await device.fetchVCards({ addressBook });
    assert.match(String(again?.data), /FN:Bea/);
    assert.ok((await device.deleteVCard({ vCard: again ?? vCard })).ok);
    assert.deepEqual(await device.fetchVCards({ addressBook }), []);
  });

  it('a reload shows the app password no more, and makes no second one', async () => {
    await page.reload();
    assert.ok(!(await page.content()).includes(secret));
    await page.goto('/app-passwords');
    assert.equal(await page.getByRole('link', { name: /^Revoke / }).count(), 1);
  });

  it('the start page shows the device, what it may do, and that all is well', async () => {
    await page.goto('/');
    const device = page.getByRole('article');
    await device.getByRole('heading', { name: 'Anna’s phone' }).waitFor();
    await device.getByText('Syncing').waitFor();
    await device.getByText('Calendars').waitFor();
  });

  it('revoked in the browser, it is refused at the next request', async () => {
    await page.goto('/app-passwords');
    await page.getByRole('link', { name: 'Revoke Anna’s phone' }).click();
    await page.getByText('Anna’s phone will stop syncing at once').waitFor();
    const ask = (): Promise<Response> =>
      fetch(`${origin}/dav/calendars/anna/`, {
        method: 'PROPFIND',
        headers: { Authorization: `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}`, Depth: '0' },
      });
    assert.equal((await ask()).status, 207);
    await press('Revoke it');
    await page.getByText('The app password no longer works').waitFor();
    const refused = await ask();
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('WWW-Authenticate') ?? '', /^Basic /);
  });

  it('and the log of the server holds none of the secrets', async () => {
    server.kill('SIGTERM');
    const { stderr, code } = await server.ended;
    assert.equal(code, 0);
    for (const word of [secret, password, 'setup/'])
      assert.ok(!stderr.replaceAll('/setup/:token', '').includes(word), word);
  });
});
