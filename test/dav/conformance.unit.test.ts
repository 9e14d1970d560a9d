/** docs/conformance.md names tests that are there; and those of the list of RFC 4791 name the section that they prove. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'mocha';

const root = new URL('../../../', import.meta.url).pathname;
const page = readFileSync(`${root}docs/conformance.md`, 'utf8');

interface Row {
  readonly section: string;
  readonly what: string;
  readonly status: string;
  readonly tests: readonly string[];
}

/** The rows of the table below a heading; its last column names the tests. */
function rowsBelow(heading: string): Row[] {
  const start = page.indexOf(`${heading}\n`);
  assert.ok(start !== -1, heading);
  const end = page.indexOf('\n## ', start);
  const lines = page.slice(start, end).split('\n');
  return lines.flatMap((line) => {
    if (!line.startsWith('| §')) return [];
    const [section = '', what = '', status = '', , tests = ''] = line
      .slice(2)
      .split('|')
      .map((cell) => cell.trim());
    return [{ section, what, status, tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name) }];
  });
}

/** The source of a test as the page names it; undefined where there is none. */
function sourceOf(name: string): string | undefined {
  const path = `${root}test/${name.startsWith('test/') ? name.slice(5) : `dav/${name}`}.test.ts`;
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

describe('docs/conformance.md: each MUST and SHOULD of RFC 4791', () => {
  const rows = rowsBelow('### Each MUST and SHOULD of RFC 4791');

  it('has a row for each sentence', () => {
    assert.equal(rows.length, 192);
    for (const { section, what, status } of rows) {
      assert.match(section, /^§\d+(\.\d+)*$/, what);
      assert.ok(['yes', 'partly', 'no', ''].includes(status), `${section} ${what}: ${status}`);
    }
  });

  it('names tests that are there, at least one where it says yes', () => {
    for (const { section, what, status, tests } of rows) {
      if (status !== '') assert.ok(tests.length > 0, `${section} ${what}`);
      for (const test of tests) assert.ok(sourceOf(test) !== undefined, `${section} ${what}: ${test}`);
    }
  });

  it('names a test that names the section', () => {
    for (const { section, what, tests } of rows) {
      if (tests.length === 0) continue;
      const named = new RegExp(`${section.replaceAll('.', '\\.')}(?![\\d.]*\\d)`);
      assert.ok(
        tests.some((test) => named.test(sourceOf(test) ?? '')),
        `${section} ${what}: ${tests.join(', ')}`,
      );
    }
  });
});
