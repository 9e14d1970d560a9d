/** The e-mail address, a forgotten password and notices, by the pages and a real mail server. */
import assert from 'node:assert/strict';
import { pathIn } from '../smtp-inbox.js';
import { goodPassword, livedIn, Person, Visitor, words, type House } from './house.js';
import { postOf, type Post } from './post.js';

const newPassword = 'seven green bottles fell';
const shell = { kind: 'shell' } as const;

describe('The pages about mail', function () {
  this.timeout(120_000);
  let home: House;
  let anna: Person;
  let post: Post;

  beforeEach(async () => {
    ({ home, anna } = await livedIn({ mails: true, registration: 'open' }));
    post = await postOf(home);
  });
  afterEach(async () => {
    await post.stop();
    await home.dispose();
  });

  /** An address that Anna has confirmed, with nothing left in the mail box. */
  const addressed = async (email = 'anna@example.org'): Promise<void> => {
    await home.auth.accounts.setMail((await anna.account()).id, email, shell);
  };

  it('ask for an address, mail a link there, and it stands when its button is pressed', async () => {
    const page = await anna.open('/profile/email');
    assert.match(words(page), /We mail a link there/);
    const sent = await anna.send(page, '/profile/email', { email: 'anna@example.org' });
    assert.match(words(sent), /A link is on its way/);
    assert.match(words(sent), /anna@example\.org Waits to be confirmed/);
    const mail = await post.inbox.next('anna@example.org');
    const path = pathIn(mail);
    assert.match(path, /^\/confirm\//);
    const somebody = new Visitor(home.origin);
    const looked = await somebody.open(path);
    assert.match(words(looked), /anna@example\.org then belongs to the account anna/);
    assert.equal((await anna.account()).emailConfirmed, false, 'opening the page does nothing');
    const confirmed = await somebody.send(looked, path);
    assert.equal(confirmed.path, '/sign-in');
    assert.match(words(confirmed), /Your e-mail address is confirmed/);
    assert.equal((await anna.account()).emailConfirmed, true);
    const again = await somebody.open(path);
    assert.equal(again.status, 404);
    assert.match(words(await anna.open('/profile')), /E-mail address anna@example\.org/);
  });

  it('send the link again, and forget the address', async () => {
    await anna.send(await anna.open('/profile/email'), '/profile/email', { email: 'new@example.org' });
    const first = pathIn(await post.inbox.next('new@example.org'));
    await anna.send(await anna.open('/profile/email'), '/profile/email/resend');
    const second = pathIn(await post.inbox.next('new@example.org'));
    assert.equal((await anna.open(first)).status, 404);
    const gone = await anna.send(await anna.open('/profile/email'), '/profile/email/cancel');
    assert.match(words(gone), /That address is not used/);
    assert.equal((await anna.open(second)).status, 404);
  });

  it('tell the address from before of the change, and need a fresh second step', async () => {
    await addressed();
    home.pass(11 * 60_000);
    const late = await anna.send(await anna.open('/profile/email'), '/profile/email', {
      email: 'new@example.org',
    });
    assert.match(late.path, /^\/step-up/);
    await anna.stepUp('/profile/email');
    await anna.send(await anna.open('/profile/email'), '/profile/email', { email: 'new@example.org' });
    const path = pathIn(await post.inbox.next('new@example.org'));
    const done = await anna.send(await anna.open(path), path);
    assert.equal(done.path, '/profile/email');
    const told = await post.inbox.next('anna@example.org');
    assert.equal(told.headers.get('subject'), 'Your e-mail address was changed');
    assert.match(told.text, /no longer uses this address/);
    assert.match(told.text, /127\.0\.0\.1, Firefox on Linux/);
  });

  it('say the same of an address that another has, and tell its holder', async () => {
    await home.auth.accounts.create({ name: 'bob', email: 'bob@example.org' }, shell);
    const ask = async (email: string): Promise<string> => {
      const sent = await anna.send(await anna.open('/profile/email'), '/profile/email', { email });
      return words(sent).replaceAll(email, 'ADDRESS');
    };
    assert.equal(await ask('bob@example.org'), await ask('nobody@example.org'));
    const mail = await post.inbox.next('bob@example.org');
    assert.match(mail.text, /It is yours already/);
    assert.doesNotMatch(mail.text, /anna|confirm\//);
  });

  it('show what is wrong with an address at the field', async () => {
    for (const email of [
      '',
      'anna',
      'anna@',
      'anna@example.org\r\nBcc: eve@example.com',
      'a,b@example.org',
    ]) {
      const wrong = await anna.send(await anna.open('/profile/email'), '/profile/email', { email });
      assert.equal(wrong.status, 422, email);
      assert.match(words(wrong), /Enter an e-mail address/);
    }
  });

  it('switch notices about new devices off and on', async () => {
    await addressed();
    const off = await anna.send(await anna.open('/profile/email'), '/profile/email/notices');
    assert.match(words(off), /only about changes to your security/);
    assert.equal((await anna.account()).allNotices, false);
    await anna.send(off, '/profile/email/notices');
    assert.equal((await anna.account()).allNotices, true);
  });

  it('lead from a forgotten password by mail to a new one, and still to the second step', async () => {
    await addressed();
    const somebody = new Person(home, 'anna');
    somebody.secret = anna.secret;
    const page = await somebody.open('/forgotten');
    const sent = await somebody.send(page, '/forgotten', { name: 'anna@example.org' });
    assert.equal(sent.path, '/forgotten/sent');
    const mail = await post.inbox.next('anna@example.org');
    assert.equal(mail.headers.get('subject'), 'Choose a new password');
    const path = pathIn(mail);
    const choose = await somebody.open(path);
    assert.match(words(choose), /All your devices stop syncing/);
    const set = await somebody.send(choose, path, { password: newPassword, repeat: newPassword });
    assert.equal(set.path, '/sign-in');
    assert.equal(
      (await post.inbox.next('anna@example.org')).headers.get('subject'),
      'Your password was set anew',
    );
    assert.match((await anna.open('/')).path, /^\/sign-in/, 'the other browser is signed out');
    const code = await somebody.send(set, '/sign-in', { name: 'anna', password: newPassword });
    assert.match(code.path, /^\/sign-in\/code/);
    assert.equal((await somebody.open('/')).path.startsWith('/sign-in'), true, 'not in without the code');
    const home2 = await somebody.send(code, '/sign-in/code', { code: somebody.code() });
    assert.equal(home2.status, 200);
    assert.match(words(home2), /anna/);
    assert.equal((await somebody.open(path)).status, 404, 'the link works once');
  });

  it('tell times in the zone that the holder has chosen', async () => {
    await addressed();
    const page = await anna.open('/profile/time-zone');
    const wrong = await anna.send(page, '/profile/time-zone', { timeZone: 'Mars/Olympus' });
    assert.equal(wrong.status, 422);
    const profile = await anna.send(page, '/profile/time-zone', { timeZone: 'Australia/Eucla' });
    assert.match(words(profile), /Time zone Australia\/Eucla/);
    await home.auth.accounts.setPassword((await anna.account()).id, newPassword, shell);
    const mail = await post.inbox.next('anna@example.org');
    assert.match(mail.text, /When: .* GMT\+8:45/);
  });

  it('answer a forgotten password alike, whoever it is', async () => {
    await addressed();
    const answers = new Set<string>();
    for (const name of ['anna', 'anna@example.org', 'nobody', 'nobody@example.org', 'a\u0000b']) {
      const somebody = new Visitor(home.origin);
      const page = await somebody.open('/forgotten');
      const answer = await somebody.send(page, '/forgotten', { name });
      answers.add(`${answer.status} ${answer.path} ${words(answer)}`);
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    const empty = new Visitor(home.origin);
    assert.equal((await empty.send(await empty.open('/forgotten'), '/forgotten', { name: ' ' })).status, 422);
  });

  it('slow down who asks again and again', async () => {
    const somebody = new Visitor(home.origin);
    let status = 200;
    for (let number = 0; number < 10 && status !== 429; number += 1) {
      const page = await somebody.open('/forgotten');
      ({ status } = await somebody.send(page, '/forgotten', { name: 'nobody' }));
    }
    assert.equal(status, 429);
  });

  it('let an administrator have the reset link mailed', async () => {
    const bob = await home.auth.accounts.create({ name: 'bob', email: 'bob@example.org' }, shell);
    await anna.stepUp('/admin');
    const account = `/admin/accounts/${bob.id}`;
    const shown = await anna.send(await anna.open(account), `${account}/reset-link`);
    assert.match(words(shown), /Or have a link sent to bob@example\.org/);
    const sent = await anna.send(shown, `${account}/reset-mail`);
    assert.match(words(sent), /A reset link is on its way/);
    const mail = await post.inbox.next('bob@example.org');
    assert.match(mail.text, /An administrator of localhost:\d+ sends you this link/);
    const shownPath = new URL(/http:\/\/localhost:\d+\/reset\/[\w-]+/.exec(shown.body)?.[0] ?? home.origin)
      .pathname;
    assert.equal((await anna.open(shownPath)).status, 404, 'the link that was shown is void');
    assert.equal((await anna.open(pathIn(mail))).status, 200);
  });

  it('name on the page for a new password what stops, and end it with the sessions', async () => {
    const { id } = await anna.account();
    await addressed();
    const input = {
      label: 'Anna’s iPhone',
      services: new Set(['calendars'] as const),
      access: 'write',
    } as const;
    await home.auth.appPasswords.create(id, input, shell);
    await anna.stepUp('/security/password');
    const page = await anna.open('/security/password');
    assert.match(words(page), /All other browsers are signed out/);
    assert.match(words(page), /Anna’s iPhone will stop syncing/);
    await anna.send(page, '/security/password', {
      current: goodPassword,
      password: newPassword,
      repeat: newPassword,
      revokeAll: 'yes',
    });
    const [password] = await home.auth.appPasswords.list(id);
    assert.ok(password?.revokedAt !== undefined);
    const subjects = [
      (await post.inbox.next('anna@example.org')).headers.get('subject'),
      (await post.inbox.next('anna@example.org')).headers.get('subject'),
    ];
    assert.deepEqual(subjects, ['A new app password was made', 'Your password was changed']);
  });
});

describe('The pages about mail, on a server that sends none', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn({ registration: 'open' }));
  });
  after(() => home.dispose());

  it('say so, and what to do instead', async () => {
    assert.match(words(await anna.open('/profile/email')), /This server sends no e-mail/);
    const forgotten = await new Visitor(home.origin).open('/forgotten');
    assert.match(words(forgotten), /Ask the person who runs this server for a reset link/);
    assert.ok(!forgotten.body.includes('<form method="post" action="/forgotten"'));
    const signUp = await new Visitor(home.origin).open('/sign-up');
    assert.doesNotMatch(words(signUp), /We mail you/);
  });

  it('refuse an address that is sent all the same', async () => {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await anna.open('/profile')).body)?.[1] ?? '';
    const answer = await anna.request('POST', '/profile/email', { csrf, email: 'anna@example.org' });
    assert.equal(answer.status, 422);
    assert.equal((await anna.account()).newEmail, undefined);
    const somebody = new Visitor(home.origin);
    const page = await somebody.open('/sign-in');
    const token = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const forgotten = await somebody.request('POST', '/forgotten', { csrf: token, name: 'anna' });
    assert.equal(forgotten.status, 200);
    assert.match(words(forgotten), /Ask the person who runs this server/);
  });
});
