import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activityEvents, mailedEvents } from '../../auth/index.js';
import { consoleFile } from '../../server/console/files.js';
import { notices } from '../../server/console/notice.js';
import { text } from '../../server/console/text.js';
import type { TextKey } from '../../server/console/text.js';

const source = readFileSync(consoleFile('locales', 'en.json'), 'utf8');
const entries = JSON.parse(source) as Record<string, string | Record<string, string>>;
const keys = new Set(Object.keys(entries));
const strings = Object.entries(entries).flatMap(([key, entry]) =>
  (typeof entry === 'string' ? [entry] : Object.values(entry)).map((value) => ({ key, value })),
);

function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(entry.parentPath, entry.name));
}

const read = (path: string) => ({ path, source: readFileSync(path, 'utf8') });
const views = filesBelow(consoleFile('views'), '.eta').map(read);
const code = [consoleFile(), consoleFile('..', 'mail'), consoleFile('..', 'cli')]
  .flatMap((folder) => filesBelow(folder, '.ts'))
  .map(read);

/** What may become of an expression that makes a key: a text, with `.+` where a part is only known at run time. */
function patterns(source: string): RegExp[] {
  const escape = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const literals = [...source.matchAll(/'([\w.-]+)'(?!\s*\+)/g)].map(([, key = '']) => escape(key));
  const templates = [...source.matchAll(/`([\w.-]*\$\{[^`]+)`/g)].map(([, template = '']) =>
    template
      .split(/\$\{[^}]*\}/)
      .map(escape)
      .join('.+'),
  );
  const sums = [...source.matchAll(/'([\w.-]+\.)' \+ [\w.]+(?: \+ '([\w.-]+)')?/g)].map(
    ([, start = '', end = '']) => `${escape(start)}.+${escape(end)}`,
  );
  return [...literals, ...templates, ...sums].map((pattern) => new RegExp(`^${pattern}$`));
}

describe('The words of the console', () => {
  it('are there for every key that a view names', () => {
    const missing = views.flatMap(({ path, source }) =>
      [...source.matchAll(/it\.t\((?:[^()']*\? )?'([\w.-]+)'(?! \+)/g)]
        .map(([, key = '']) => key)
        .filter((key) => !keys.has(key))
        .map((key) => `${path}: ${key}`),
    );
    assert.deepEqual(missing, []);
  });

  it('are there for every event of the activity, every notice and every mail', () => {
    const named = [
      ...activityEvents.map((event) => `event.${event}`),
      ...notices.map((name) => `notice.${name}`),
      ...mailedEvents.flatMap((event) => [`mail.notice.${event}`, `mail.notice.${event}.subject`]),
    ];
    assert.deepEqual(
      named.filter((key) => !keys.has(key)),
      [],
    );
  });

  it('are there once: of two with the same key the first would be lost', () => {
    const lines = [...source.matchAll(/^ {2}"([^"]+)":/gm)].map(([, key]) => key);
    assert.deepEqual(
      lines.filter((key, index) => lines.indexOf(key) !== index),
      [],
    );
    assert.equal(lines.length, keys.size);
  });

  it('are all used', () => {
    const used = [...views, ...code].flatMap(({ source }) => patterns(source));
    const unused = [...keys].filter((key) => !used.some((pattern) => pattern.test(key)));
    assert.deepEqual(unused, []);
  });

  it('stay plain: no exclamation marks, none of the words that only we use', () => {
    const unwanted = strings.filter(({ value }) =>
      /!|\b(tokens?|credentials?|principals?|seeds?|TOTP)\b/i.test(value),
    );
    assert.deepEqual(unwanted, []);
  });

  it('choose the plural and fill in values', () => {
    assert.equal(text('recovery.left', { count: 1 }), '1 unused code left');
    assert.equal(text('recovery.left', { count: 0 }), '0 unused codes left');
    assert.equal(text('revoke.of', { label: '{count} & <b>' }), 'Revoke {count} & <b>');
  });

  it('fail loudly for a key that is not there', () => {
    assert.throws(() => text('no.such.key' as TextKey), /no\.such\.key/);
  });
});
