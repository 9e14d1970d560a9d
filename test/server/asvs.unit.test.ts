/** docs/asvs.md is whole, and the tests that it names are there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../server/config.js';

/** The requirements of ASVS 5.0.0 at levels 1 and 2, by section; V10 and V17 apart. */
const requirements: Readonly<Record<string, string>> = {
  '1.1': '1 2',
  '1.2': '1 2 3 4 5 6 7 8 9',
  '1.3': '1 2 3 4 5 6 7 8 9 10 11',
  '1.4': '1 2 3',
  '1.5': '1 2',
  '2.1': '1 2 3',
  '2.2': '1 2 3',
  '2.3': '1 2 3 4',
  '2.4': '1',
  '3.2': '1 2',
  '3.3': '1 2 3 4',
  '3.4': '1 2 3 4 5 6',
  '3.5': '1 2 3 4 5',
  '3.7': '1 2',
  '4.1': '1 2 3',
  '4.2': '1',
  '4.3': '1 2',
  '4.4': '1 2 3 4',
  '5.1': '1',
  '5.2': '1 2 3',
  '5.3': '1 2',
  '5.4': '1 2 3',
  '6.1': '1 2 3',
  '6.2': '1 2 3 4 5 6 7 8 9 10 11 12',
  '6.3': '1 2 3 4',
  '6.4': '1 2 3 4',
  '6.5': '1 2 3 4 5',
  '6.6': '1 2 3',
  '6.8': '1 2 3 4',
  '7.1': '1 2 3',
  '7.2': '1 2 3 4',
  '7.3': '1 2',
  '7.4': '1 2 3 4 5',
  '7.5': '1 2',
  '7.6': '1 2',
  '8.1': '1 2',
  '8.2': '1 2 3',
  '8.3': '1',
  '8.4': '1',
  '9.1': '1 2 3',
  '9.2': '1 2 3 4',
  '11.1': '1 2',
  '11.2': '1 2 3',
  '11.3': '1 2 3',
  '11.4': '1 2 3 4',
  '11.5': '1',
  '11.6': '1',
  '12.1': '1 2 3',
  '12.2': '1 2',
  '12.3': '1 2 3 4',
  '13.1': '1',
  '13.2': '1 2 3 4 5',
  '13.3': '1 2',
  '13.4': '1 2 3 4 5',
  '14.1': '1 2',
  '14.2': '1 2 3 4',
  '14.3': '1 2 3',
  '15.1': '1 2 3',
  '15.2': '1 2 3',
  '15.3': '1 2 3 4 5 6 7',
  '16.1': '1',
  '16.2': '1 2 3 4 5',
  '16.3': '1 2 3 4',
  '16.4': '1 2 3',
  '16.5': '1 2 3',
};

interface Row {
  readonly id: string;
  readonly holds: string;
  readonly proof: string;
}

const rows: readonly Row[] = readFileSync(join(projectRoot, 'docs', 'asvs.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const [id = '', , , holds = '', proof = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { id, holds, proof };
  });

const named = ({ proof }: Row): string[] =>
  [...proof.matchAll(/\b(?:auth|browser|console|dav|server|storage)\/[\w/.-]*\w/g)].map(([name]) => name);

describe('docs/asvs.md', () => {
  it('has a row for each requirement of levels 1 and 2, in their order', () => {
    const expected = Object.entries(requirements).flatMap(([section, numbers]) =>
      numbers.split(' ').map((number) => `${section}.${number}`),
    );
    assert.equal(expected.length, 217);
    assert.deepEqual(
      rows.map(({ id }) => id),
      expected,
    );
  });

  it('says of each whether it holds, and why where it does not', () => {
    const unclear = rows.filter(
      ({ holds, proof }) =>
        !['yes', 'partly', 'no', 'n/a'].includes(holds) || proof.length < (holds === 'yes' ? 4 : 10),
    );
    assert.deepEqual(unclear, []);
  });

  it('names tests that are there', () => {
    const isThere = (name: string): boolean =>
      ['.test.ts', '.unit.test.ts', ''].some((end) => existsSync(join(projectRoot, 'test', name + end))) ||
      existsSync(join(projectRoot, name));
    const missing = rows.flatMap((row) =>
      named(row)
        .filter((name) => !isThere(name))
        .map((name) => `${row.id}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });
});
