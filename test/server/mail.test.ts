/** Mail on its way: words, a real mail server that takes it or not, the folder for developers, and the command. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Letter } from '../../auth/index.js';
import { mailedEvents } from '../../auth/index.js';
import { loadConfig } from '../../server/config.js';
import type { Config } from '../../server/config.js';
import { openCore } from '../../server/core.js';
import type { Core } from '../../server/core.js';
import { startDelivery } from '../../server/mail/delivery.js';
import type { DeliveryWork } from '../../server/mail/delivery.js';
import { createPostman } from '../../server/mail/transport.js';
import type { Mail, Postman, Sent } from '../../server/mail/transport.js';
import { mailOf } from '../../server/mail/words.js';
import { createLog } from '../../server/observability/log.js';
import { AccountId } from '../../storage/ids.js';
import { statement } from '../../storage/statement.js';
import { SmtpInbox } from '../smtp-inbox.js';
import { until } from '../until.js';
import { dataFolder, latchkey, startServer } from './process.js';
import type { DataFolder } from './process.js';

const at = Date.UTC(2026, 2, 1, 12, 30);
const mail: Mail = {
  id: 'a1b2c3',
  to: 'anna@example.org',
  subject: 'Grüße',
  text: 'A line, and more: ü\n.\nafter a dot\n',
  at,
};
const silent = createLog('silent', process.stderr);
const never = new AbortController().signal;

function postmanFor(variables: Readonly<Record<string, string>>): Postman {
  const postman = createPostman(loadConfig(variables), silent);
  assert.ok(postman !== undefined);
  return postman;
}

describe('Mail by SMTP', function () {
  this.timeout(60_000);
  let inbox: SmtpInbox;
  before(async () => {
    inbox = await SmtpInbox.start();
  });
  beforeEach(() => {
    inbox.received.length = 0;
    inbox.mood = 'takes';
  });
  after(() => inbox.stop());

  const send = (input: Partial<Mail> = {}, variables: Readonly<Record<string, string>> = {}): Promise<Sent> =>
    postmanFor({ LATCHKEY_SMTP_URL: inbox.url, ...variables }).send({ ...mail, ...input }, never);

  it('has the headers of RFC 5322 and RFC 3834, and says nothing of the machine', async () => {
    const outcome = await send({}, { LATCHKEY_MAIL_FROM: 'Key “box” <key@example.net>' });
    assert.equal(outcome.outcome, 'sent');
    const [got] = inbox.received;
    assert.ok(got !== undefined);
    assert.deepEqual([got.from, got.to], ['key@example.net', ['anna@example.org']]);
    assert.equal(got.headers.get('message-id'), '<a1b2c3@example.net>');
    assert.equal(got.headers.get('date'), 'Sun, 01 Mar 2026 12:30:00 +0000');
    assert.equal(got.headers.get('auto-submitted'), 'auto-generated');
    assert.equal(got.headers.get('to'), 'anna@example.org');
    assert.match(got.headers.get('from') ?? '', /<key@example\.net>$/);
    assert.equal(got.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(got.text.replaceAll('\r\n', '\n').trimEnd(), mail.text.trimEnd());
    assert.deepEqual(
      [...got.headers.keys()].filter((name) => name.startsWith('x-') && name !== 'x-auto-response-suppress'),
      [],
    );
  });

  it('takes nothing in a subject, an address or an id for a header or a second recipient', async () => {
    const evil = '\r\nBcc: eve@example.com\r\nX-Evil: 1\r\n\r\nbody';
    await send({ subject: `Hello${evil}` });
    await send({ to: `anna@example.org${evil}` });
    await send({ to: 'anna@example.org>, <eve@example.com' });
    await send({ to: 'anna@example.org, eve@example.com' });
    await send({ to: '"eve@example.com" <anna@example.org>' });
    await send({ id: `1${evil}` });
    for (const { headers, to, raw } of inbox.received) {
      assert.ok(!to.includes('eve@example.com'), raw);
      assert.ok(!headers.has('bcc') && !headers.has('x-evil'), raw);
    }
  });

  it('that is refused for good is not tried again; for now, it is', async () => {
    inbox.mood = 550;
    const refused = await send();
    assert.equal(refused.outcome, 'never');
    assert.match(refused.code ?? '', /550/);
    assert.match(refused.words ?? '', /Not here/);
    inbox.mood = 450;
    assert.equal((await send()).outcome, 'later');
  });

  it('waits for no server that hangs up, is not there, or wants another password', async () => {
    inbox.mood = 'hangs up';
    assert.equal((await send()).outcome, 'down');
    assert.equal((await send({}, { LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1' })).outcome, 'down');
    const guarded = await SmtpInbox.start({ user: 'latchkey@example.net' });
    try {
      const urlOf = (password: string): string =>
        `smtp://latchkey%40example.net:${password}@127.0.0.1:${guarded.port}`;
      const wrong = await send({}, { LATCHKEY_SMTP_URL: urlOf('wrong') });
      assert.equal(wrong.outcome, 'down');
      assert.equal((await send({}, { LATCHKEY_SMTP_URL: urlOf('secret') })).outcome, 'sent');
      assert.equal(guarded.received[0]?.user, 'latchkey@example.net');
    } finally {
      await guarded.stop();
    }
  });

  it('ends at once when the process does, whatever the server does', async () => {
    inbox.mood = 'is silent';
    const stopping = new AbortController();
    const before = inbox.connections;
    const sending = postmanFor({ LATCHKEY_SMTP_URL: inbox.url }).send(mail, stopping.signal);
    await until(() => inbox.connections > before, 'it connects');
    stopping.abort();
    assert.equal((await sending).outcome, 'down');
  });

  it('goes out only under TLS, but on this machine or where that is allowed', async () => {
    // Names of the loopback interface that are not known as such.
    const elsewhere = `smtp://[::ffff:127.0.0.1]:${inbox.port}`;
    const refused = await send({}, { LATCHKEY_SMTP_URL: elsewhere });
    assert.equal(refused.outcome, 'down');
    assert.match(`${refused.code ?? ''} ${refused.words ?? ''}`, /STARTTLS/i);
    assert.equal((await send({}, { LATCHKEY_SMTP_URL: `${elsewhere}?starttls=optional` })).outcome, 'sent');
  });
});

describe('The words of a mail', () => {
  const base = new URL('https://dav.example.org');
  const letter = (about: Letter['about'], more: Partial<Letter> = {}): Letter => ({
    id: '1',
    accountId: AccountId(1),
    to: 'anna@example.org',
    timeZone: 'Europe/Zurich',
    locale: undefined,
    at,
    about,
    ...more,
  });
  const notice = (more: Partial<Letter['about'] & { kind: 'notice' }> = {}): Letter =>
    letter({
      kind: 'notice',
      event: 'app-password.created',
      name: 'anna',
      actor: 'account',
      from: { address: '192.0.2.7', client: 'Firefox on Linux' },
      detail: { label: 'Anna’s iPhone' },
      last: false,
      ...more,
    });

  it('say what happened, when in the time zone of the holder, from where, with what, and what to do', () => {
    const { subject, text } = mailOf(notice(), base);
    assert.equal(subject, 'A new app password was made');
    for (const part of [
      'your account anna at dav.example.org',
      'Device: Anna’s iPhone',
      'When: March 1, 2026 at 1:30:00 PM GMT+1',
      'From: 192.0.2.7, Firefox on Linux',
      'revoke its app password at once',
      'https://dav.example.org/app-passwords\n',
      '\n-- \n',
    ])
      assert.ok(text.includes(part), `${part} in:\n${text}`);
  });

  it('are there for everything that is mailed, with nothing left to fill in', () => {
    const from = { address: '192.0.2.7', client: undefined };
    const url = 'https://dav.example.org/reset/x';
    const letters = [
      ...mailedEvents.map((event) => notice({ event, last: true })),
      notice({ actor: 'administrator bob', from: { address: undefined, client: undefined } }),
      notice({ actor: 'shell' }),
      letter({ kind: 'confirm', url, expiresAt: at }),
      letter({ kind: 'address-taken', from }),
      letter(
        { kind: 'reset', name: 'anna', url, expiresAt: at, byAdministrator: true, from },
        { timeZone: 'No/Where' },
      ),
      letter({ kind: 'reset', name: 'anna', url, expiresAt: at, byAdministrator: false, from }),
    ];
    for (const each of letters) {
      const { subject, text } = mailOf(each, base);
      assert.doesNotMatch(`${subject} ${text}`, /[{}]|undefined/);
      assert.doesNotMatch(text, /\n\n\n|\n\n-- \n\n/);
    }
  });

  it('hold no link in the name that a client gives itself', () => {
    for (const client of ['http://evil.example/', 'evil.example', 'a@b', 'x'.repeat(100), '\r\nBcc:x']) {
      const { text } = mailOf(notice({ from: { address: '192.0.2.7', client } }), base);
      assert.ok(text.includes('From: 192.0.2.7, an app that we do not know\n'), client);
    }
  });
});

describe('The outbox of a server', function () {
  this.timeout(60_000);
  let folder: DataFolder;
  let inbox: SmtpInbox;
  let core: Core;
  let log: string;
  const works: DeliveryWork[] = [];

  beforeEach(async () => {
    folder = await dataFolder();
    inbox = await SmtpInbox.start();
    const config = loadConfig({ ...folder.variables, LATCHKEY_SMTP_URL: inbox.url });
    const stream = new PassThrough();
    log = '';
    stream.on('data', (chunk) => (log += String(chunk)));
    core = await openCore(config, createLog('info', stream));
    await core.auth.accounts.create({ name: 'anna', email: 'anna@example.org' }, { kind: 'shell' });
  });
  afterEach(async () => {
    for (const work of works.splice(0)) await work.stop();
    await core.dispose();
    await inbox.stop();
    await folder.remove();
  });

  const begin = (more: Partial<Config> = {}): void => {
    const postman = createPostman({ ...core.config, ...more }, core.log);
    assert.ok(postman !== undefined);
    works.push(startDelivery(core, postman, 20));
  };
  const queue = async (): Promise<void> => {
    const anna = await core.auth.accounts.find('anna');
    assert.ok(anna !== undefined);
    await core.auth.links.mailReset(anna.id, { kind: 'shell' });
  };

  it('is sent beside the requests, once, however many look after it', async () => {
    begin();
    begin();
    for (let number = 0; number < 5; number += 1) await queue();
    for (let number = 0; number < 5; number += 1) await inbox.next('anna@example.org');
    await works[0]?.stop();
    assert.deepEqual(inbox.received, []);
  });

  it('waits for a mail server that is down, without delaying who queues, and is sent when it is back', async () => {
    inbox.mood = 'hangs up';
    begin();
    await queue();
    await until(() => log.includes('"outcome":"down"'), 'it was tried', 20_000);
    assert.deepEqual(inbox.received, []);
    await works[0]?.stop();
    inbox.mood = 'takes';
    await core.database.write((writer) =>
      writer.run(
        statement()((db) => db.updateTable('outbox').set({ next_at: 0 })),
        {},
      ),
    );
    begin();
    const got = await inbox.next('anna@example.org');
    assert.match(got.text, /\/reset\//);
  });

  it('does not keep a process from ending whose mail server is silent', async () => {
    inbox.mood = 'is silent';
    begin();
    await queue();
    await until(() => inbox.connections > 0, 'it connects', 20_000);
    await works[0]?.stop();
  });

  it('leaves neither addresses nor words of a mail in the log', async () => {
    begin();
    inbox.mood = 550;
    await queue();
    await until(() => log.includes('a mail is given up'), 'it is given up', 20_000);
    for (const word of ['example.org', 'reset/', 'Choose']) assert.ok(!log.includes(word), word);
    assert.match(log, /"kind":"reset"/);
  });
});

describe('The folder for mail that is not sent (LATCHKEY_SMTP_URL=preview:)', function () {
  this.timeout(60_000);
  let folder: DataFolder;
  beforeEach(async () => {
    folder = await dataFolder();
  });
  afterEach(() => folder.remove());

  it('is readable by its owner only, and the log names the file and no more', async () => {
    const server = await startServer({ ...folder.variables, LATCHKEY_SMTP_URL: 'preview:' });
    const variables = { ...folder.variables, LATCHKEY_SMTP_URL: 'preview:' };
    assert.equal(
      (await latchkey(['account', 'add', 'anna', '--email', 'anna@example.org'], variables)).code,
      0,
    );
    const set = await latchkey(
      ['account', 'set-password', 'anna', '--password-file', '-'],
      variables,
      'plum tree in the yard',
    );
    assert.equal(set.code, 0, set.stderr);
    const mailFolder = join(folder.path, 'data', 'mail');
    const files = (): Promise<string[]> => readdir(mailFolder).catch(() => []);
    await until(async () => (await files()).length > 0, 'the mail is written', 20_000);
    server.kill('SIGTERM');
    const { stderr, code } = await server.ended;
    assert.equal(code, 0);
    const [file = ''] = await files();
    assert.equal((await stat(mailFolder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(mailFolder, file))).mode & 0o777, 0o600);
    const text = await readFile(join(mailFolder, file), 'utf8');
    assert.match(
      text,
      /^From: .*\nTo: anna@example\.org\nDate: .* GMT\nSubject: Your password was set anew\n\n/,
    );
    assert.ok(stderr.includes(file));
    assert.ok(!stderr.includes('anna@example.org') && !stderr.includes('set anew'));
  });
});

describe('Several servers on one database', function () {
  this.timeout(60_000);
  let folder: DataFolder;
  let inbox: SmtpInbox;
  before(async () => {
    folder = await dataFolder();
    inbox = await SmtpInbox.start();
  });
  after(async () => {
    await inbox.stop();
    await folder.remove();
  });

  it('send each mail once', async () => {
    const variables = { ...folder.variables, LATCHKEY_SMTP_URL: inbox.url };
    const servers = [await startServer(variables), await startServer(variables)];
    const core = await openCore(loadConfig(variables), silent);
    const anna = await core.auth.accounts.create(
      { name: 'anna', email: 'anna@example.org' },
      { kind: 'shell' },
    );
    // Of several kinds, since an address gets five of each.
    for (let number = 0; number < 5; number += 1) {
      await core.auth.links.mailReset(anna.id, { kind: 'shell' });
      await core.auth.accounts.resetFactors(anna.id, { kind: 'shell' });
    }
    await until(() => inbox.received.length >= 10, 'all of it is sent', 20_000);
    for (const server of servers) server.kill('SIGTERM');
    for (const server of servers) assert.equal((await server.ended).code, 0);
    await core.dispose();
    const ids = inbox.received.map(({ headers }) => headers.get('message-id'));
    assert.equal(ids.length, 10);
    assert.equal(new Set(ids).size, 10);
  });
});

describe('latchkey mail test', function () {
  this.timeout(60_000);
  let folder: DataFolder;
  let inbox: SmtpInbox;
  before(async () => {
    folder = await dataFolder();
    inbox = await SmtpInbox.start();
  });
  after(async () => {
    await inbox.stop();
    await folder.remove();
  });

  it('sends one mail, and says what the mail server says', async () => {
    const variables = { ...folder.variables, LATCHKEY_SMTP_URL: inbox.url };
    const sent = await latchkey(['mail', 'test', 'anna@example.org', '--json'], variables);
    assert.deepEqual(JSON.parse(sent.stdout), { to: 'anna@example.org', sent: true });
    assert.equal(inbox.received.length, 1);
    inbox.mood = 550;
    const refused = await latchkey(['mail', 'test', 'anna@example.org'], variables);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /not sent: .*Not here/);
  });

  it('says that no mail server is set', async () => {
    const { code, stderr } = await latchkey(['mail', 'test', 'anna@example.org'], folder.variables);
    assert.equal(code, 65);
    assert.match(stderr, /LATCHKEY_SMTP_URL/);
  });

  it('and `latchkey config` shows no password of it, nor does a wrong URL', async () => {
    const shown = async (url: string) =>
      latchkey(['config'], { ...folder.variables, LATCHKEY_SMTP_URL: url });
    const right = await shown('smtps://anna:hunter2@mail.example.org');
    assert.match(right.stdout, /smtps:\/\/anna:\*\*\*@mail\.example\.org:465/);
    const wrong = await shown('smtps://anna:hunter2@mail.example.org/path');
    assert.equal(wrong.code, 78);
    for (const { stdout, stderr } of [right, wrong]) assert.ok(!`${stdout}${stderr}`.includes('hunter2'));
  });
});
