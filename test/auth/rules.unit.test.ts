import assert from 'node:assert/strict';
import { AuthError } from '../../auth/errors.js';
import { foldName, parseMail, parseName } from '../../auth/names.js';
import { networkOf } from '../../auth/network.js';
import { parseCredentials } from '../../auth/basic-strategy.js';
import { weaknessOf } from '../../auth/password-rules.js';
import { qrCode } from '../../auth/qr-code.js';
import { totpDigits, totpStep, totpUri } from '../../auth/totp-code.js';

const refusedAs = (code: string) => (error: unknown) => error instanceof AuthError && error.code === code;

describe('Account names', () => {
  it('are 1 to 64 letters, digits, dots, dashes and underscores, in NFC', () => {
    assert.equal(parseName(' zoe\u0308 '), 'zo\u00eb');
    assert.equal(parseName('a'.repeat(64)).length, 64);
    assert.equal(parseName('3.a-b_c'), '3.a-b_c');
    assert.equal(parseName('Ελένη'), 'Ελένη');
  });

  it('have no signs that mean something in URLs, mail addresses, credentials or patterns', () => {
    for (const name of [
      '',
      '.',
      '..',
      '.*',
      '-a',
      'a b',
      'a@b',
      'a:b',
      'a/b',
      'a%2fb',
      'a\u0000',
      'a\nb',
      'a'.repeat(65),
      'a\u200b',
    ])
      assert.throws(() => parseName(name), refusedAs('name-invalid'), JSON.stringify(name));
  });

  it('are the same whatever the letter case and compatibility form', () => {
    assert.equal(foldName('ANNA'), foldName('anna'));
    assert.equal(foldName('\uff41nna'), 'anna');
    assert.equal(foldName('ΟΔΟΣ'), foldName('οδος'));
    assert.equal(foldName('Zoe\u0308'), foldName('ZO\u00cb'));
    assert.notEqual(foldName('anna'), foldName('ann'));
  });

  it('mail addresses are checked as far as typing mistakes go', () => {
    for (const mail of [
      'anna@example.org',
      "o'brien+cal@sub.example.co",
      'anna@localhost',
      'δ@παράδειγμα.gr',
    ])
      assert.equal(parseMail(` ${mail} `), mail);
    for (const mail of [
      'anna',
      '@example.org',
      'anna@',
      'a@b@c',
      'a b@example.org',
      'a..b@example.org',
      '.a@example.org',
      'a@.org',
      'a@b..c',
      'a\n@b.c',
      `${'a'.repeat(65)}@b.c`,
    ])
      assert.throws(() => parseMail(mail), refusedAs('mail-invalid'), JSON.stringify(mail));
  });
});

describe('Login passwords (NIST SP 800-63B, ASVS 6.2)', () => {
  it('have at least 12 characters, counted as people count them, and at most 1,024 bytes', () => {
    assert.equal(weaknessOf('elevenchars', 'anna'), 'password-too-short');
    assert.equal(weaknessOf('\u{1f600}'.repeat(11), 'anna'), 'password-too-short');
    assert.equal(weaknessOf('twelve chars', 'anna'), undefined);
    assert.equal(weaknessOf('xy z'.repeat(256), 'anna'), 'password-common');
    assert.equal(weaknessOf(`${'ab c'.repeat(255)}defg`, 'anna'), undefined);
    assert.equal(weaknessOf(`${'ab c'.repeat(256)}d`, 'anna'), 'password-too-long');
  });

  it('are not among the commonest, in any letter case, with a tail, or several times over', () => {
    for (const password of [
      'administrator',
      'ADMINISTRATOR',
      'administrator1!',
      'qwertyuiop12',
      'passwordpassword',
      'aaaaaaaaaaaaa',
      'abcabcabcabc',
      'unbelievable99',
    ])
      assert.equal(weaknessOf(password, 'anna'), 'password-common', password);
  });

  it('need no kinds of characters', () => {
    assert.equal(weaknessOf('plum tree in the yard', 'anna'), undefined);
    assert.equal(weaknessOf('пять слив на дереве', 'anna'), undefined);
  });

  it('are not the account name', () => {
    assert.equal(weaknessOf('Annabelle-Smith', 'annabelle-smith'), 'password-is-name');
    assert.equal(weaknessOf('annaannaanna', 'anna'), 'password-is-name');
    assert.equal(weaknessOf('Anna-2026-Anna!', 'anna'), 'password-is-name');
  });

  it('are not made of the words that come to mind here (ASVS 6.1.2, 6.2.11)', () => {
    for (const password of ['Latchkey2026!', 'latchkey-anna', 'caldav/carddav', 'calendars-1234'])
      assert.equal(weaknessOf(password, 'anna'), 'password-is-name', password);
    assert.equal(weaknessOf('the calendar on my wall', 'anna'), undefined);
    assert.equal(weaknessOf('8203 5512 0947 11', 'anna'), undefined);
  });
});

describe('RFC 6238 appendix B test vectors (SHA-1)', () => {
  // The vectors have eight digits; six-digit codes are their last six (RFC 4226 §5.3: the same number modulo 10⁶).
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const vectors: readonly (readonly [number, string])[] = [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ];
  for (const [seconds, code] of vectors)
    it(`at ${seconds} s`, () => {
      assert.equal(totpStep(secret, code.slice(2), seconds * 1000), Math.floor(seconds / 30));
    });

  it('§5.2: one step of leeway on either side, no more', () => {
    const step = Math.floor(1111111109 / 30);
    const at = (steps: number): number | undefined => totpStep(secret, '081804', (step + steps) * 30_000);
    assert.deepEqual([-2, -1, 0, 1, 2].map(at), [undefined, step, step, step, undefined]);
  });

  it('codes are six digits, however they are spaced', () => {
    assert.equal(totpDigits(' 081 804 '), '081804');
    for (const typed of ['', '12345', '1234567', '12345a', 'abcd-efgh-jkmn'])
      assert.equal(totpDigits(typed), undefined);
  });

  it('the QR code is one path that draws the URI with its quiet zone', () => {
    const uri = totpUri(secret, 'anna@dav.example.org');
    assert.equal(uri, `otpauth://totp/Latchkey:anna%40dav.example.org?secret=${secret}&issuer=Latchkey`);
    const { size, path } = qrCode(uri);
    assert.match(path, /^(M\d+ \d+h\d+v1h-\d+z)+$/);
    // The three finder patterns begin with a run of seven modules, four from the edge.
    for (const corner of [`M4 4h7v1h-7z`, `M${size - 11} 4h7v1h-7z`, `M4 ${size - 5}h7v1h-7z`])
      assert.ok(path.includes(corner), corner);
  });
});

describe('Networks', () => {
  it('an IPv6 address counts with its /64, an IPv4 address for itself', () => {
    assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(networkOf('2001:db8:1:2::9'), '2001:db8:1:2::/64');
    assert.equal(networkOf('2001:0DB8:0001:0002::9'), '2001:db8:1:2::/64');
    assert.notEqual(networkOf('2001:db8:1:3::9'), networkOf('2001:db8:1:2::9'));
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64');
    assert.equal(networkOf('::1'), '0:0:0:0::/64');
    assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
    assert.equal(networkOf('64:ff9b::192.0.2.1'), '64:ff9b:0:0::/64');
  });
});

describe('RFC 7617 §2 examples', () => {
  it('Aladdin', () => {
    assert.deepEqual(parseCredentials('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='), {
      name: 'Aladdin',
      password: 'open sesame',
    });
  });
  it('§2.1: test:123£ in UTF-8', () => {
    assert.deepEqual(parseCredentials('Basic dGVzdDoxMjPCow=='), { name: 'test', password: '123\u00a3' });
  });
  it('the password may hold colons', () => {
    const encoded = Buffer.from('anna:a:b:c').toString('base64');
    assert.deepEqual(parseCredentials(`Basic ${encoded}`), { name: 'anna', password: 'a:b:c' });
  });
});
