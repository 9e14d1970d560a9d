/**
 * Reports as pairs of files. Every folder below `fixtures/dav/REPORT/` is one collection: its .ics or .vcf files are put
 * into it, and each NAME.xml is a request whose answer NAME.json tells. A new pair of files is a new test.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { before, describe, it } from 'mocha';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import { multistatus } from './answers.js';
import { assertRefused } from './dav-suite.js';
import type { DavSuite, Home } from './dav-suite.js';

interface Expected {
  /** The members that match, sorted. */
  readonly names?: readonly string[];
  /** Those that are asked for and not there: 404, sorted. */
  readonly missing?: readonly string[];
  /** The answer ends with 507 on the request-URI. */
  readonly truncated?: boolean;
  /** The answer is a refusal instead, with the precondition element of the report's own standard. */
  readonly status?: number;
  readonly precondition?: string;
}

const fixtures = new URL('../../../fixtures/dav/', import.meta.url).pathname;
const readText = (file: string): string => readFileSync(file, 'utf8');

/** Call it inside a `describe` that has a suite. */
export function describeReportFixtures(suite: DavSuite, report: string, home: Home): void {
  for (const folder of readdirSync(join(fixtures, report))) {
    const at = join(fixtures, report, folder);
    const files = readdirSync(at);
    const requests = files.filter((file) => extname(file) === '.xml');
    assert.ok(requests.length > 0, `${at} has requests`);

    describe(`${report}: ${folder}`, () => {
      let path: string;
      before(async () => {
        path = await suite.newCollection(home, home === 'calendars' ? everyComponent : '');
        for (const file of files.filter((each) => ['.ics', '.vcf'].includes(extname(each)))) {
          await suite.put(path + file, readText(join(at, file)));
        }
      });
      for (const file of requests) {
        const name = basename(file, '.xml');
        it(name.replaceAll('-', ' '), () =>
          assertAnswer(suite, path, {
            // A request may name members: the collection is a new one each time.
            body: readText(join(at, file)).replaceAll('{collection}', path),
            expected: JSON.parse(readText(join(at, `${name}.json`))) as Expected,
            namespace: home === 'calendars' ? caldav : carddav,
          }),
        );
      }
    });
  }
}

const everyComponent =
  '<supported-calendar-component-set xmlns="urn:ietf:params:xml:ns:caldav">' +
  ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY'].map((name) => `<comp name="${name}"/>`).join('') +
  '</supported-calendar-component-set>';

async function assertAnswer(
  suite: DavSuite,
  path: string,
  {
    body,
    expected,
    namespace,
  }: { readonly body: string; readonly expected: Expected; readonly namespace: typeof caldav },
): Promise<void> {
  const { names, missing = [], truncated = false, status, precondition } = expected;
  const answer = await suite.send('REPORT', path, { headers: { Depth: '1' }, body });
  if (status !== undefined) {
    assertRefused(answer, status, precondition === undefined ? undefined : namespace(precondition));
    return;
  }
  assert.equal(answer.status, 207, answer.body);
  const responses = multistatus(answer.body);
  const notThere = responses.filter((response) => response.status === 404);
  assert.deepEqual(notThere.map(({ href }) => href.slice(path.length)).sort(), missing);
  const members = responses.filter((response) => response.href !== path && response.status !== 404);
  assert.deepEqual(members.map(({ href }) => href.slice(path.length)).sort(), names);
  for (const member of members) assert.deepEqual(member.order, [200], member.href);
  const told = responses.filter((response) => response.href === path && response.status !== 404);
  assert.deepEqual(
    told.map((response) => [response.status, response.errors]),
    truncated ? [[507, [dav('number-of-matches-within-limits')]]] : [],
  );
}
