/** Passkeys in a real browser, with its own authenticator in software. */
import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';
import { Person, goodPassword, house, setUpPath } from '../console/house.js';
import type { House } from '../console/house.js';
import { closeBrowser } from './browser.js';
import { virtualAuthenticator } from './virtual-authenticator.js';
import type { VirtualAuthenticator } from './virtual-authenticator.js';
import { desktop, openWindow } from './visit.js';

describe('Passkeys in a browser', function () {
  this.timeout(120_000);
  let home: House;
  let context: BrowserContext;
  let page: Page;
  let device: VirtualAuthenticator;
  const faults: string[] = [];

  before(async () => {
    home = await house();
    context = await openWindow(home, { viewport: desktop });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      // A form that is shown again is no fault.
      if (message.type() === 'error' && !message.text().includes('422')) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    device = await virtualAuthenticator(page);
  });
  after(async () => {
    await context.close();
    await closeBrowser();
    await home.dispose();
  });

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const title = (): Promise<string> => page.getByRole('heading', { level: 1 }).innerText();
  const path = (): string => new URL(page.url()).pathname;
  const account = () => new Person(home, 'anna').account();
  const passkeys = async () => home.auth.passkeys.list((await account()).id);
  const signOut = async (): Promise<void> => {
    await device.isTouched(false);
    await press('Sign out');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  };
  const givePassword = async (password = goodPassword): Promise<void> => {
    await page.getByLabel('User name or e-mail address').fill('anna');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await press('Sign in');
  };

  it('one is recommended at set-up where the device can keep it, and made', async () => {
    await page.goto(await setUpPath(home));
    await page.getByLabel('User name').fill('anna');
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByLabel('Same password again').fill(goodPassword);
    await press('Make the account');
    assert.equal(await page.getByRole('radio', { name: /^Passkey Recommended/ }).isChecked(), true);
    await press('Continue');
    assert.equal(await title(), 'Add a passkey');
    assert.equal(await page.getByLabel('Name').inputValue(), 'Chrome on Linux');
    await page.getByLabel('Name').fill('Laptop');
    await press('Create the passkey');
    await page.locator('#codes').waitFor();
    await page.getByLabel('I have saved them').check();
    await press('Continue');
    assert.equal(await title(), 'Which device is it for?');
    assert.equal(await device.count(), 1);
    assert.deepEqual(
      (await passkeys()).map(({ label }) => label),
      ['Laptop'],
    );
  });

  it('the device that has one cannot have a second, and says so', async () => {
    await page.goto('/security/two-step/passkey');
    await press('Create the passkey');
    await page.getByText('This device has a passkey for your account already').waitFor();
  });

  it('a second one is added, with the name that is typed', async () => {
    await device.remove();
    device = await virtualAuthenticator(page, { transport: 'usb' });
    await page.getByLabel('Name').fill('Blue security key');
    await press('Create the passkey');
    await page.getByText('It is added').waitFor();
    await page.getByRole('heading', { name: 'Laptop' }).waitFor();
    await page.getByRole('heading', { name: 'Blue security key' }).waitFor();
    await page.goto('/security');
    await page.getByText('On, with 2 passkeys').waitFor();
  });

  it('it is the second step after the password', async () => {
    await signOut();
    await givePassword();
    assert.equal(await title(), 'Two-step verification');
    await device.isTouched(true);
    await press('Use a passkey');
    await page.getByRole('link', { name: 'Security' }).waitFor();
    assert.equal(path(), '/');
  });

  it('after a wrong password the same page refuses it', async () => {
    await signOut();
    await givePassword('another password');
    assert.equal(await title(), 'Two-step verification');
    await device.isTouched(true);
    await press('Use a passkey');
    await page
      .getByRole('alert')
      .getByText('The passkey, the user name or the password is not right')
      .waitFor();
    assert.equal(path(), '/sign-in/code');
    await device.isTouched(false);
    await page.getByRole('link', { name: 'Begin again' }).click();
  });

  it('alone it signs in fully, and goes on to where one wanted to', async () => {
    await page.goto('/sign-in?next=%2Factivity');
    await device.isTouched(true);
    await press('Sign in with a passkey');
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    assert.equal(path(), '/activity');
    await page.getByText('Blue security key').first().waitFor();
  });

  it('it confirms what is sensitive', async () => {
    home.pass(11 * 60_000);
    await page.goto('/app-passwords/new?device=iphone');
    assert.equal(await title(), 'Confirm that it is you');
    await press('Use a passkey');
    await page.getByRole('heading', { name: /iPhone/ }).waitFor();
    assert.equal(path(), '/app-passwords/new');
  });

  it('also when the page stood open until confirming was due again', async () => {
    await page.goto('/security/two-step/passkey');
    home.pass(11 * 60_000);
    await press('Create the passkey');
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
    await press('Use a passkey');
    await page.getByRole('heading', { name: 'Add a passkey' }).waitFor();
  });

  it('it is renamed', async () => {
    await page.goto('/security/two-step');
    await page.getByRole('link', { name: 'Rename Laptop' }).click();
    await page.getByLabel('Name').fill('Old laptop');
    await press('Save');
    await page.getByRole('heading', { name: 'Old laptop' }).waitFor();
  });

  it('and removed, but never the last one', async () => {
    await page.getByRole('link', { name: 'Remove Old laptop' }).click();
    await page.getByText('You can go on signing in with a passkey').waitFor();
    await press('Remove');
    await page.getByText('It no longer lets you in').waitFor();
    assert.deepEqual(
      (await passkeys()).map(({ label }) => label),
      ['Blue security key'],
    );
    assert.equal(await page.getByRole('link', { name: /^Remove / }).count(), 0);
    await page.getByText('This is your only method').waitFor();
  });

  it('whose holder is not verified does not sign in alone (Nextcloud CVE-2020-8236)', async () => {
    await signOut();
    await device.verifies(false);
    await device.isTouched(true);
    await page.reload();
    await press('Sign in with a passkey');
    await page.getByText('The browser got no answer').waitFor();
    assert.equal(path(), '/sign-in');
    await device.verifies(true);
  });

  it('is offered among the names that the browser fills in, where the device itself keeps it', async () => {
    await press('Sign in with a passkey');
    await page.getByRole('link', { name: 'Security' }).waitFor();
    await device.remove();
    device = await virtualAuthenticator(page);
    await page.goto('/security/two-step/passkey');
    await press('Create the passkey');
    await page.getByText('It is added').waitFor();
    await press('Sign out');
    // The authenticator takes the offer, as somebody would by choosing it under the field.
    await page.waitForURL(`${home.origin}/`);
    await page.getByRole('link', { name: 'Security' }).waitFor();
  });

  it('removed here, it is forgotten by the browser too (WebAuthn §5.1.10)', async () => {
    assert.equal(await device.count(), 1);
    await page.goto('/security/two-step');
    await page.getByRole('link', { name: 'Remove Chrome on Linux' }).click();
    await press('Remove');
    await page.getByText('It no longer lets you in').waitFor();
    for (let attempt = 0; attempt < 50 && (await device.count()) > 0; attempt += 1)
      await page.waitForTimeout(100);
    assert.equal(await device.count(), 0);
  });

  it('and nothing failed in the scripts', () => {
    assert.deepEqual(faults, []);
    assert.deepEqual(home.errors, []);
  });
});
