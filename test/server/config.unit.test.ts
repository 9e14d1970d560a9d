import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, projectRoot, shownLocation, shownTransport } from '../../server/config.js';
import { settingList } from '../../server/settings.js';

const refused = (name: string, value: string, sentence: RegExp): void => {
  assert.throws(
    () => loadConfig({ [name]: value }),
    (error) => error instanceof ConfigError && sentence.test(error.message) && error.message.startsWith(name),
    `${name}=${value}`,
  );
};

describe('Configuration from the environment', () => {
  it('has a default for every variable', () => {
    const config = loadConfig({});
    assert.equal(config.port, 8800);
    assert.deepEqual(config.hosts, ['127.0.0.1', '::1']);
    assert.equal(config.baseUrl.href, 'http://localhost:8800/');
    assert.equal(config.dataDir, join(projectRoot, 'data'));
    assert.equal(config.secretFile, join(projectRoot, 'data', 'secret.json'));
    assert.deepEqual(config.database, {
      kind: 'sqlite',
      path: join(projectRoot, 'data', 'latchkey.sqlite'),
    });
    assert.equal(config.registration, null);
    assert.equal(config.maxResourceSize, 10 * 1024 * 1024);
    assert.equal(config.headerTimeout, 20_000);
    assert.equal(config.quotaBytes, null);
    assert.ok(config.tombstoneDays >= 365);
  });

  it('takes an empty variable for one that is not set', () => {
    assert.equal(loadConfig({ LATCHKEY_PORT: '', LATCHKEY_REGISTRATION: ' ' }).port, 8800);
  });

  it('derives the base URL from the port and the secret file from the data folder', () => {
    const config = loadConfig({ LATCHKEY_PORT: '9000', LATCHKEY_DATA_DIR: '/srv/latchkey' });
    assert.equal(config.baseUrl.origin, 'http://localhost:9000');
    assert.equal(config.secretFile, '/srv/latchkey/secret.json');
    assert.equal(shownLocation(config.database), 'sqlite:/srv/latchkey/latchkey.sqlite');
    const other = loadConfig({ DATABASE_URL: 'sqlite:/srv/other.sqlite' });
    assert.equal(shownLocation(other.database), 'sqlite:/srv/other.sqlite');
  });

  it('refuses a wrong value with the variable, what was given and what is expected', () => {
    refused(
      'LATCHKEY_PORT',
      '88000',
      /^LATCHKEY_PORT is "88000": expected a whole number from 0 to 65535\.$/,
    );
    refused('LATCHKEY_PORT', '80.5', /expected a whole number/);
    refused('LATCHKEY_REGISTRATION', 'everyone', /expected one of closed, invite, open, or nothing\.$/);
    refused('LATCHKEY_BASE_URL', 'https://example.org/dav/', /without a path/);
    refused('LATCHKEY_BASE_URL', 'ftp://example.org', /expected an address/);
    refused('LATCHKEY_ALLOW_INSECURE', 'maybe', /1 \(yes\) or 0 \(no\)/);
    refused('LATCHKEY_TRUST_PROXY', '10.0.0.0/40', /networks/);
    refused('LATCHKEY_TRUST_PROXY', 'proxy.example.org', /networks/);
    refused('LATCHKEY_MAX_RESOURCE_SIZE', '10 apples', /512K or 10M/);
    refused('LATCHKEY_TOMBSTONE_DAYS', '30', /from 365/);
    refused('LATCHKEY_HOST', ',', /separated by commas/);
    refused('DATABASE_URL', 'mysql://localhost', /expected sqlite:PATH/);
  });

  it('takes a PostgreSQL server with the name of a database, and repeats no password', () => {
    const url = 'postgres://me:hunter2@db.example.org/latchkey?sslmode=verify-full';
    const { database } = loadConfig({ DATABASE_URL: url });
    assert.deepEqual(database, { kind: 'postgres', url });
    assert.equal(shownLocation(database), url.replace('hunter2', '***'));
    refused('DATABASE_URL', 'postgres://me:hunter2@db', /expected sqlite:PATH or postgres:/);
    assert.throws(
      () => loadConfig({ DATABASE_URL: 'mysql://me:hunter2@db/latchkey' }),
      (error) => error instanceof ConfigError && !error.message.includes('hunter2'),
    );
  });

  it('takes a mail server by its URL, and whom mail comes from, and repeats no password', () => {
    const smtpOf = (LATCHKEY_SMTP_URL: string) => loadConfig({ LATCHKEY_SMTP_URL }).smtp;
    const server = {
      kind: 'smtp',
      host: 'mail.example.org',
      port: 465,
      secure: true,
      plain: false,
      user: 'me@example.org',
      password: 'a/b',
    } as const;
    assert.deepEqual(smtpOf('smtps://me%40example.org:a%2Fb@mail.example.org'), server);
    const local = { ...server, host: '::1', port: 25, secure: false, plain: true, user: '', password: '' };
    assert.deepEqual(smtpOf('smtp://[::1]:25?starttls=optional'), local);
    assert.equal(shownTransport(local), 'smtp://[::1]:25?starttls=optional');
    assert.equal(shownTransport(server), 'smtps://me%40example.org:***@mail.example.org:465');
    assert.deepEqual(smtpOf('preview:'), { kind: 'preview' });
    assert.equal(smtpOf(''), null);
    for (const wrong of [
      'mail.example.org',
      'https://mail.example.org',
      'smtp:',
      'smtp://',
      'smtp://me:hunter2@mail.example.org/inbox',
      'smtp://me:hunter2@mail.example.org?starttls=never',
      'smtp://me:hunter2%@mail.example.org',
    ])
      assert.throws(
        () => smtpOf(wrong),
        (error) => error instanceof ConfigError && error.message.includes('SMTP_URL is not understood'),
        wrong,
      );
    const fromOf = (from: string, base = '') =>
      loadConfig({ LATCHKEY_MAIL_FROM: from, LATCHKEY_BASE_URL: base }).mailFrom;
    assert.deepEqual(fromOf('a@example.org'), { name: '', address: 'a@example.org' });
    assert.deepEqual(fromOf('The key <a@example.org>'), { name: 'The key', address: 'a@example.org' });
    const unset = { name: 'Latchkey', address: 'latchkey@dav.example.org' };
    assert.deepEqual(fromOf('', 'https://dav.example.org'), unset);
    assert.equal(fromOf('', 'http://[::1]:8800').address, 'latchkey@localhost');
    for (const wrong of ['example.org', 'a@b, c@d', 'a <b> <c@d>', 'a@example.org\nBcc: x@example.org'])
      refused('LATCHKEY_MAIL_FROM', wrong, /expected a mail address/);
  });

  it('reads sizes in bytes and in powers of 1,024', () => {
    assert.equal(loadConfig({ LATCHKEY_MAX_RESOURCE_SIZE: '20480' }).maxResourceSize, 20_480);
    assert.equal(loadConfig({ LATCHKEY_MAX_RESOURCE_SIZE: '512 KiB' }).maxResourceSize, 512 * 1024);
    assert.equal(loadConfig({ LATCHKEY_QUOTA_BYTES: '2G' }).quotaBytes, 2 * 1024 ** 3);
  });

  it('names variables that look like ours and are none', () => {
    assert.deepEqual(loadConfig({ LATCHKEY_PROT: '1', PATH: '/bin' }).unknown, ['LATCHKEY_PROT']);
  });

  describe('takes secrets from files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-secrets-'));
    after(() => rmSync(folder, { recursive: true }));
    const file = (name: string, content: string): string => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };

    it('that systemd or a container puts there, with or without a line break at the end', () => {
      const config = loadConfig({
        DATABASE_URL_FILE: file('database', 'postgres://u:hunter2@db.example.org/latchkey\n'),
        LATCHKEY_SMTP_URL_FILE: file('smtp', 'smtps://u:hunter2@mail.example.org:465'),
        LATCHKEY_METRICS_PORT: '9464',
        LATCHKEY_METRICS_TOKEN_FILE: file('token', 'abcdefghijklmnop\r\n'),
      });
      assert.deepEqual(config.database, {
        kind: 'postgres',
        url: 'postgres://u:hunter2@db.example.org/latchkey',
      });
      assert.equal(config.smtp?.kind === 'smtp' && config.smtp.password, 'hunter2');
      assert.equal(config.metrics?.token, 'abcdefghijklmnop');
      assert.deepEqual(config.unknown, []);
      assert.equal(loadConfig({ DATABASE_URL_FILE: ' ' }).database.kind, 'sqlite');
    });

    it('only those that are secrets, and never in two ways', () => {
      assert.deepEqual(loadConfig({ LATCHKEY_PORT_FILE: '/etc/port' }).unknown, ['LATCHKEY_PORT_FILE']);
      const both = { DATABASE_URL: 'sqlite:/a', DATABASE_URL_FILE: file('other', 'sqlite:/b') };
      assert.throws(() => loadConfig(both), /^ConfigError: DATABASE_URL and DATABASE_URL_FILE are both set/);
    });

    it('and says what is wrong without a word of what is in them', () => {
      refused('DATABASE_URL_FILE', join(folder, 'nowhere'), /cannot be read \(ENOENT\)\.$/);
      refused('DATABASE_URL_FILE', file('empty', '\n'), /is empty/);
      refused('DATABASE_URL_FILE', file('large', 'x'.repeat(100_000)), /is too large/);
      const wrong = { DATABASE_URL_FILE: file('wrong', 'mysql://u:hunter2@db/latchkey') };
      assert.throws(
        () => loadConfig(wrong),
        (error) => error instanceof ConfigError && !error.message.includes('hunter2'),
      );
    });
  });

  it('describes every variable once, with a default that it accepts itself', () => {
    assert.equal(new Set(settingList.map(({ name }) => name)).size, settingList.length);
    for (const { name, description, schema, default: fallback } of settingList) {
      assert.match(description, /^[A-Z1].*\.$/, name);
      assert.equal(schema.safeParse(fallback).success, true, name);
    }
  });
});
