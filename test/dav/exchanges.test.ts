/**
 * Whole exchanges as pairs of files. Every folder below `fixtures/dav/exchanges/` is a story that begins with an account alice:
 * each NAME.request is sent in turn, and NAME.response says what has to come back. Headers must have at least the parts
 * that stand there; XML is compared as XML, without regard to white space between elements and the order of properties;
 * `*` stands for anything, and `{sync-token}` for the last token that an answer held. Other bodies are compared line by line,
 * where `NAME:*` stands for any value. Cards and calendar objects beside them are put before the first REPORT. The requests of clients are as those clients make them (docs/clients.md).
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'mocha';
import type { XmlElement } from '../../dav/xml/element.js';
import { parse } from './answers.js';
import { davSuite } from './dav-suite.js';
import type { DavSuite } from './dav-suite.js';
import type { Answer } from './requests.js';

const fixtures = new URL('../../../fixtures/dav/exchanges/', import.meta.url).pathname;

interface Message {
  readonly start: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

function readMessage(file: string): Message {
  const text = readFileSync(file, 'utf8');
  const end = text.indexOf('\n\n');
  const [start = '', ...headers] = text.slice(0, end).split('\n');
  return {
    start,
    headers: headers.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
    body: text.slice(end + 2),
  };
}

/** What of an element counts: text by its lines, properties in any order. */
function meaning(element: XmlElement): unknown {
  const parts = element.content.filter((part) => typeof part !== 'string' || part.trim() !== '');
  const content = parts.map((part) =>
    typeof part === 'string' ? part.trim().replaceAll('\r\n', '\n') : meaning(part),
  );
  const isProp = element.name === '{DAV:}prop';
  return [
    element.name,
    [...element.attributes].sort(),
    isProp ? content.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)) : content,
  ];
}

/** The actual value with `*` wherever the expected one has it. */
function masked(actual: unknown, expected: unknown): unknown {
  if (expected === '*' && typeof actual === 'string') return '*';
  if (!Array.isArray(actual) || !Array.isArray(expected)) return actual;
  // The whole content of an element.
  if (expected.length === 1 && expected[0] === '*') return expected;
  return actual.map((each: unknown, at): unknown => masked(each, (expected as readonly unknown[])[at]));
}

/** The actual lines with `NAME:*` wherever the expected ones have it. */
const maskedLines = (actual: readonly string[], expected: readonly string[]): readonly string[] =>
  actual.map((line, at) => {
    const wanted = expected[at] ?? '';
    return wanted.endsWith(':*') && line.startsWith(wanted.slice(0, -1)) ? wanted : line;
  });

function assertAnswer(answer: Answer, { start, headers, body }: Message): void {
  assert.equal(answer.status, Number(start.split(' ')[1]), answer.body);
  for (const [name, value] of headers) {
    const actual = answer.headers.get(name);
    assert.ok(actual !== null, `${name} is there`);
    if (value !== '*') assert.ok(actual.includes(value), `${name}: ${actual}`);
  }
  if (body === '') return;
  if (!body.startsWith('<')) {
    const lines = body.trimEnd().split('\n');
    assert.deepEqual(maskedLines(answer.body.trimEnd().split(/\r?\n/), lines), lines);
    return;
  }
  const expected = meaning(parse(body));
  assert.deepEqual(masked(meaning(parse(answer.body)), expected), expected);
}

async function exchange(
  suite: DavSuite,
  folder: string,
  name: string,
  token: string,
): Promise<string | undefined> {
  const { start, headers, body } = readMessage(join(folder, `${name}.request`));
  const [method = '', path = ''] = start.split(' ');
  const answer = await suite.send(method, path, {
    headers: Object.fromEntries(headers),
    ...(body === '' ? {} : { body: body.replace('{sync-token}', token) }),
  });
  assertAnswer(answer, readMessage(join(folder, `${name}.response`)));
  return /<(?:\w+:)?sync-token>([^<]+)</.exec(answer.body)?.[1];
}

for (const story of readdirSync(fixtures)) {
  const folder = join(fixtures, story);
  const files = readdirSync(folder).sort();
  const names = files.filter((file) => file.endsWith('.request')).map((file) => basename(file, '.request'));
  const firstReport = names.find((name) =>
    readMessage(join(folder, `${name}.request`)).start.startsWith('REPORT'),
  );

  describe(`Exchanges: ${story}`, () => {
    const suite = davSuite();
    let token = '';
    for (const name of names)
      it(name.replaceAll('-', ' '), async () => {
        if (name === firstReport) {
          const [, path = ''] = readMessage(join(folder, `${name}.request`)).start.split(' ');
          for (const object of files.filter((file) => /\.(?:vcf|ics)$/.test(file)))
            await suite.put(path + object, readFileSync(join(folder, object), 'utf8'));
        }
        token = (await exchange(suite, folder, name, token)) ?? token;
      });
  });
}
