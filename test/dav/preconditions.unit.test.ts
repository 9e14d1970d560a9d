/**
 * The table of preconditions in docs/conformance.md is true: what is said to occur is in the code and asserted by the tests
 * named, and what is said never to occur is not in the code.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { projectRoot } from '../../server/config.js';

interface Row {
  readonly names: readonly string[];
  readonly occurs: boolean;
  /** Tests by their names in `test/dav/`, or folders of fixtures. */
  readonly tests: readonly string[];
}

function readTable(): readonly Row[] {
  const text = readFileSync(join(projectRoot, 'docs/conformance.md'), 'utf8');
  const section = text.split('## Preconditions and postconditions\n')[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => /^\| [a-z]+-/.test(line));
  return rows.map((line) => {
    const [, names = '', , status = '', last = ''] = line.split('|').map((cell) => cell.trim());
    const tests = [...last.matchAll(/`([^`]+)`/g)].map(([, test = '']) => test);
    return { names: names.split(', '), occurs: status !== '', tests: status === '' ? [] : tests };
  });
}

function textsBelow(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8');
  return readdirSync(path)
    .map((entry) => textsBelow(join(path, entry)))
    .join('\n');
}

function textOfTest(test: string): string {
  if (test.startsWith('fixtures/')) return textsBelow(join(projectRoot, test));
  const file = [`${test}.test.ts`, `${test}.ts`]
    .map((name) => join(projectRoot, 'test/dav', name))
    .find((path) => existsSync(path));
  assert.ok(file, `there is a test ${test}`);
  return readFileSync(file, 'utf8');
}

describe('Preconditions and postconditions, as docs/conformance.md lists them', () => {
  const rows = readTable();
  const code = textsBelow(join(projectRoot, 'dav'));
  const quoted = (name: string): RegExp => new RegExp(`['"]${name}['"]`);

  it('there is a list', () => assert.ok(rows.length > 20));

  for (const { names, occurs, tests } of rows) {
    for (const name of names) {
      it(`${name}: ${occurs ? tests.join(', ') : 'never'}`, () => {
        // DAV:acl-restrictions has elements of the same names.
        const inCode = occurs ? quoted(name) : new RegExp(`precondition: \\w+\\('${name}'\\)`);
        assert.equal(inCode.test(code), occurs, `${name} in the code`);
        assert.equal(tests.length > 0, occurs, 'a test that occurs is named');
        for (const test of tests) assert.match(textOfTest(test), quoted(name), test);
      });
    }
  }
});
