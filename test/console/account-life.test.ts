/** Taking everything along, and deleting the account, by the pages. */
import assert from 'node:assert/strict';
import { listCollections, putObject, removeDeletedAccounts, updateCollection } from '../../storage/index.js';
import { contentOf } from '../storage/temporary-database.js';
import { unzip } from '../unzip.js';
import { formOn, livedIn, Person, words, type House } from './house.js';
import { postOf, type Post } from './post.js';

const shell = { kind: 'shell' } as const;
const both = new Set(['calendars', 'contacts'] as const);
const event = (uid: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//else//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260105T100000Z',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
const card = (name: string): string =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nN:${name};;;;\r\nEND:VCARD`;

describe('The life of an account', function () {
  this.timeout(120_000);
  let home: House;
  let bob: Person;
  let anna: Person;
  let post: Post;

  beforeEach(async () => {
    ({ home, anna } = await livedIn({ mails: true }));
    post = await postOf(home);
    bob = new Person(home, 'bob');
    const { url } = await home.auth.links.invite({ email: 'bob@example.org' }, shell);
    await bob.setUp(new URL(url).pathname);
    home.pass(60 * 60_000 + 1);
    await bob.signIn();
    await fill();
    post.inbox.received.length = 0;
  });
  afterEach(async () => {
    await post.stop();
    await home.dispose();
  });

  async function fill(): Promise<void> {
    const { id } = await bob.account();
    const [calendar] = await home.database.read((reader) => listCollections(reader, id, 'calendar'));
    const [book] = await home.database.read((reader) => listCollections(reader, id, 'addressbook'));
    assert.ok(calendar !== undefined && book !== undefined);
    await home.database.write(async (writer) => {
      await updateCollection(writer, calendar, { displayName: 'Work/Home', color: '#ff0000' }, home.now());
      for (const uid of ['one', 'two', '..'])
        await putObject(writer, calendar, contentOf(`${uid}.ics`, { uid, data: Buffer.from(event(uid)) }));
      for (const name of ['Anna', 'Bo'])
        await putObject(writer, book, contentOf(`${name}.vcf`, { uid: name, data: Buffer.from(card(name)) }));
    });
  }

  /** Waits for the mail to Bob with this subject; others come before it. */
  async function mailed(subject: string): Promise<void> {
    for (let number = 0; number < 20; number += 1)
      if ((await post.inbox.next('bob@example.org')).headers.get('subject') === subject) return;
    assert.fail(`no mail "${subject}"`);
  }

  /** The file that the page offers. */
  async function download(): Promise<ReadonlyMap<string, Buffer>> {
    const page = await bob.open('/profile/export');
    assert.equal(page.path, '/profile/export', words(page));
    const response = await fetch(`${home.origin}/profile/export`, {
      method: 'POST',
      headers: { Cookie: [...bob.cookies].map((pair) => pair.join('=')).join('; ') },
      body: new URLSearchParams(formOn(page, '/profile/export')),
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Content-Type'), 'application/zip');
    assert.match(
      response.headers.get('Content-Disposition') ?? '',
      /^attachment; filename="?latchkey-bob-\d{4}-\d\d-\d\d\.zip"?$/,
    );
    return unzip(Buffer.from(await response.arrayBuffer()));
  }

  it('takes everything along: as it was sent, and as other programs import it', async () => {
    const { id } = await bob.account();
    const made = await home.auth.appPasswords.create(
      id,
      { label: 'Phone', services: both, access: 'read' },
      shell,
    );
    const files = await download();
    const names = [...files.keys()];
    assert.deepEqual(names.slice(0, 3), ['READ ME.txt', 'account.json', 'activity.json']);
    assert.equal(files.get('calendars/Work-Home/one.ics')?.toString(), event('one'));
    const merged = files.get('calendars/Work-Home.ics')?.toString() ?? '';
    assert.equal(merged.match(/BEGIN:VEVENT/g)?.length, 3);
    assert.equal(merged.match(/BEGIN:VCALENDAR/g)?.length, 1);
    const cards = names.find((name) => /^contacts\/[^/]+\.vcf$/.test(name)) ?? '';
    assert.equal(files.get(cards)?.toString(), `${card('Anna')}\r\n${card('Bo')}\r\n`);
    assert.equal(files.get(`${cards.replace('.vcf', '')}/Bo.vcf`)?.toString(), card('Bo'));
    for (const name of names) assert.ok(!name.split('/').includes('..') && !name.startsWith('/'), name);
    const account = JSON.parse(files.get('account.json')?.toString() ?? '') as {
      account: { name: string; email: string };
      collections: { displayName: string; color: string; folder: string; objects: number }[];
      appPasswords: { label: string }[];
    };
    assert.deepEqual([account.account.name, account.account.email], ['bob', 'bob@example.org']);
    const calendar = account.collections.find(({ displayName }) => displayName === 'Work/Home');
    assert.deepEqual(
      [calendar?.color, calendar?.folder, calendar?.objects],
      ['#ff0000', 'calendars/Work-Home', 3],
    );
    assert.deepEqual(
      account.appPasswords.map(({ label }) => label),
      ['Phone'],
    );
    const activity = JSON.parse(files.get('activity.json')?.toString() ?? '') as { event: string }[];
    assert.equal(activity[0]?.event, 'account.exported');
    const everything = Buffer.concat([...files.values()]).toString();
    for (const secret of [made.secret, bob.secret.replace(/\s/g, '')])
      assert.ok(!everything.includes(secret));
    await mailed('All your data was taken along');
  });

  it('takes nothing along without a fresh second step, and nothing of others', async () => {
    const names = [...(await download()).keys()];
    assert.ok(names.every((name) => !name.includes('anna')));
    home.pass(11 * 60_000);
    const page = await bob.open('/profile');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const answer = await bob.request('POST', '/profile/export', { csrf });
    assert.equal(answer.status, 303);
    assert.match(answer.location ?? '', /^\/step-up/);
  });

  it('ends when its name is typed: at once for everybody, then what it stored', async () => {
    const { id } = await bob.account();
    const made = await home.auth.appPasswords.create(
      id,
      { label: 'Bob’s phone', services: both, access: 'write' },
      shell,
    );
    const page = await bob.open('/profile/delete');
    assert.match(words(page), /These devices stop syncing.*Bob’s phone/);
    assert.match(words(page), /Take your data with you/);
    const wrong = await bob.send(page, '/profile/delete', { typedName: 'anna' });
    assert.equal(wrong.status, 422);
    assert.ok((await home.auth.accounts.find('bob')) !== undefined);
    const other = new Person(home, 'bob');
    other.secret = bob.secret;
    await other.signIn();
    const gone = await bob.send(await bob.open('/profile/delete'), '/profile/delete', { typedName: ' BOB ' });
    assert.equal(gone.path, '/sign-in');
    assert.match(words(gone), /Your account is deleted/);
    assert.match((await other.open('/')).path, /^\/sign-in/, 'other browsers are signed out');
    const device = {
      authorization: `Basic ${Buffer.from(`bob:${made.secret}`).toString('base64')}`,
      path: '/dav/',
      address: '192.0.2.20',
      https: true,
      loopback: false,
      userAgent: 'DAVx5/4.4',
    };
    assert.equal((await home.auth.basic.authenticate(device)).kind, 'challenge');
    assert.equal(await home.auth.accounts.find('bob@example.org'), undefined);
    await mailed('Your account was deleted');
    const told = await anna.signIn('/activity');
    assert.match(words(told), /Account deleted bob · by the person whose it was/);
    await removeDeletedAccounts(home.database, () => home.now());
    const left = await home.database.read((reader) => listCollections(reader, id, 'calendar'));
    assert.deepEqual(left, []);
    assert.deepEqual(await home.auth.activity.list(id), []);
    const again = home.auth.accounts.create({ name: 'Bob' }, shell);
    await assert.rejects(again, /taken/, 'the name stays taken');
    const sameMail = await home.auth.accounts.create({ name: 'robert', email: 'bob@example.org' }, shell);
    assert.ok(sameMail.emailConfirmed);
  });

  it('cannot be ended by the last administrator, or by somebody else', async () => {
    await anna.signIn();
    const last = await anna.send(await anna.open('/profile/delete'), '/profile/delete', {
      typedName: 'anna',
    });
    assert.equal(last.status, 409);
    assert.match(words(last), /last administrator/);
    const { id } = await anna.account();
    const opened = await home.auth.sessions.open([...bob.cookies].map((pair) => pair.join('=')).join('; '), {
      address: '127.0.0.1',
      https: false,
      loopback: true,
      userAgent: '',
    });
    assert.ok(opened.kind === 'session');
    const client = { address: '127.0.0.1', https: false, loopback: true, userAgent: '' };
    const attempt = home.auth.accounts.remove(id, { kind: 'session', session: opened.session, client });
    await assert.rejects(attempt, /no such account/);
  });

  it('can be ended by an administrator, who is named to the others', async () => {
    const { id } = await bob.account();
    await home.auth.accounts.create({ name: 'carl', isAdmin: true }, shell);
    await anna.signIn();
    const opened = await home.auth.sessions.open([...anna.cookies].map((pair) => pair.join('=')).join('; '), {
      address: '127.0.0.1',
      https: false,
      loopback: true,
      userAgent: '',
    });
    assert.ok(opened.kind === 'session');
    const client = { address: '127.0.0.1', https: false, loopback: true, userAgent: '' };
    await home.auth.accounts.remove(id, { kind: 'session', session: opened.session, client });
    const carl = await home.auth.accounts.find('carl');
    const [line] = await home.auth.activity.list(carl?.id ?? id);
    assert.deepEqual(
      [line?.event, line?.actor, line?.detail, line?.address],
      ['account.removed', 'administrator anna', { label: 'bob' }, undefined],
    );
  });
});
