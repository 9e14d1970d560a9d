/**
 * The account's life by mail, with the server as a process of its own, a real browser and a real mail server: an address is
 * confirmed, a password forgotten, everything taken along, and the account deleted.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { generateSync } from 'otplib';
import type { BrowserContext, Page } from 'playwright-core';
import { dataFolder, latchkey, startServer } from '../server/process.js';
import type { DataFolder, RunningServer } from '../server/process.js';
import { pathIn, SmtpInbox } from '../smtp-inbox.js';
import { unzip } from '../unzip.js';
import { until } from '../until.js';
import { browser, closeBrowser } from './browser.js';

const password = 'plum tree in the yard';
const newPassword = 'seven green bottles fell';
const stepMs = 30_000;

describe('The life of an account by mail', function () {
  this.timeout(240_000);
  let folder: DataFolder;
  let inbox: SmtpInbox;
  let server: RunningServer;
  let variables: Readonly<Record<string, string>>;
  let context: BrowserContext;
  let page: Page;
  let key = '';
  /** The step of the last code: each is taken once. */
  let used = 0;

  before(async () => {
    folder = await dataFolder();
    inbox = await SmtpInbox.start();
    variables = { ...folder.variables, LATCHKEY_SMTP_URL: inbox.url };
    const admin = await latchkey(['account', 'add', 'admin', '--admin'], variables);
    assert.equal(admin.code, 0, admin.stderr);
    server = await startServer(variables);
    context = await (await browser()).newContext({ baseURL: `http://localhost:${server.port}` });
    page = await context.newPage();
  });
  after(async () => {
    await context.close();
    await closeBrowser();
    server.kill('SIGTERM');
    await server.ended;
    await inbox.stop();
    await folder.remove();
  });

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const title = (): Promise<string> => page.getByRole('heading', { level: 1 }).innerText();
  const fill = (label: string, value: string): Promise<void> =>
    page.getByRole('textbox', { name: label, exact: true }).fill(value);
  /** The next code that was not used yet; one step ahead of the clock is taken too. */
  async function code(): Promise<string> {
    await until(() => Math.floor(Date.now() / stepMs) + 1 > used, 'the next code', 2 * stepMs);
    used = Math.max(used + 1, Math.floor(Date.now() / stepMs));
    return generateSync({ secret: key, epoch: (used * stepMs) / 1000 });
  }
  const mailed = async (to: string, subject: string): Promise<Awaited<ReturnType<SmtpInbox['next']>>> => {
    for (let number = 0; number < 10; number += 1) {
      const mail = await inbox.next(to);
      if (mail.headers.get('subject') === subject) return mail;
    }
    return assert.fail(`no mail "${subject}"`);
  };

  it('begins with an invite whose address is confirmed', async () => {
    const invite = await latchkey(['invite', '--email', 'anna@example.org'], variables);
    await page.goto(new URL(invite.stdout.trim()).pathname);
    await fill('User name', 'anna');
    await fill('Password', password);
    await fill('Same password again', password);
    await press('Make the account');
    await page.getByLabel('Authenticator app').check();
    await press('Continue');
    key = (await page.locator('#key').innerText()).replace(/\s/g, '');
    await page.getByLabel('Six-digit code').fill(await code());
    await press('Switch on');
    await page.getByLabel('I have saved them').check();
    await press('Continue');
    await mailed('anna@example.org', 'An authenticator app was connected');
  });

  it('goes on with a new address: the link in the mail shows a button, and pressing it confirms', async () => {
    await page.goto('/profile');
    await page.getByRole('listitem').filter({ hasText: 'E-mail address' }).getByRole('link').click();
    await fill('New e-mail address', 'anna.lee@example.org');
    await press('Send the link');
    await page.getByText('A link is on its way').waitFor();
    const mail = await mailed('anna.lee@example.org', 'Confirm your e-mail address');
    await page.goto(pathIn(mail));
    await press('Confirm');
    await page.getByText('Your e-mail address is confirmed').waitFor();
    await page.getByRole('heading', { name: 'anna.lee@example.org' }).waitFor();
    await mailed('anna@example.org', 'Your e-mail address was changed');
  });

  it('a forgotten password is chosen anew by a mailed link, and the second step is still asked for', async () => {
    await context.clearCookies();
    await page.goto('/sign-in');
    await page.getByRole('link', { name: 'I cannot sign in' }).click();
    await fill('User name or e-mail address', 'anna.lee@example.org');
    await press('Send the link');
    assert.equal(await title(), 'Look at your e-mail');
    const mail = await mailed('anna.lee@example.org', 'Choose a new password');
    await page.goto(pathIn(mail));
    await fill('New password', newPassword);
    await fill('Same password again', newPassword);
    await press('Set the password');
    await page.getByText('Your password is set').waitFor();
    await fill('User name or e-mail address', 'anna.lee@example.org');
    await fill('Password', newPassword);
    await press('Sign in');
    assert.equal(await title(), 'Two-step verification');
    await page.goto('/');
    assert.equal(await title(), 'Sign in', 'the new password alone opens nothing');
    await fill('User name or e-mail address', 'anna');
    await fill('Password', newPassword);
    await press('Sign in');
    await page.getByLabel('Six-digit code').fill(await code());
    await press('Continue');
    await page.getByText('Welcome, anna').waitFor();
    await mailed('anna.lee@example.org', 'Your password was set anew');
  });

  it('everything is taken along in one file', async () => {
    await page.goto('/profile/export');
    const [download] = await Promise.all([page.waitForEvent('download'), press('Download the file')]);
    assert.match(download.suggestedFilename(), /^latchkey-anna-\d{4}-\d\d-\d\d\.zip$/);
    const files = await unzip(await readFile(await download.path()));
    assert.ok(
      files.has('READ ME.txt') && [...files.keys()].some((name) => /^calendars\/.*\.ics$/.test(name)),
    );
    await mailed('anna.lee@example.org', 'All your data was taken along');
  });

  it('ends when the name is typed in, and not before', async () => {
    await page.goto('/profile');
    await page.getByRole('listitem').filter({ hasText: 'Delete your account' }).getByRole('link').click();
    await page.getByText('Take your data with you first').waitFor();
    await fill('Type your user name, anna', 'bob');
    await press('Delete my account');
    await page.getByRole('alert').getByText('Type your user name').waitFor();
    await fill('Type your user name, anna', 'anna');
    await press('Delete my account');
    await page.getByText('Your account is deleted').waitFor();
    await mailed('anna.lee@example.org', 'Your account was deleted');
    const list = await latchkey(['account', 'list', '--json'], variables);
    assert.deepEqual(
      (JSON.parse(list.stdout) as { name: string }[]).map(({ name }) => name),
      ['admin'],
    );
  });

  it('and the log of the server holds no address, link or word of a mail', async () => {
    server.kill('SIGTERM');
    const { stderr, code: exit } = await server.ended;
    assert.equal(exit, 0);
    const log = stderr.replaceAll(/\/(?:reset|confirm|invite)\/:token/g, '');
    for (const word of ['example.org', 'reset/', 'confirm/', 'invite/', newPassword, key])
      assert.ok(!log.includes(word), word);
  });
});
