/**
 * litmus, the test suite of WebDAV servers. It begins by making a plain collection, which is refused here: calendars and
 * address books hold nothing else, and stand in their homes alone. What starts must pass, and it must stop there and for
 * that reason; what it would go on to ask is asked by `test/dav/litmus.test.ts`, with calendar objects.
 */
import assert from 'node:assert/strict';
import type { Check } from './check.js';
import type { Lab } from './lab.js';
import { runProgram } from './program.js';

const suites = ['basic', 'copymove', 'props', 'locks', 'http'] as const;

/** The one case that may fail, and what it must say. */
const exception = { name: 'begin', reason: /MKCOL .*litmus\/.*403|403 Forbidden/s };

export function litmusChecks(lab: Lab): Check[] {
  return suites.map((suite) => ({
    name: `${suite}: what starts passes, and it ends at the plain collection that it asks for (403)`,
    run: (signal) => runSuite(lab, suite, signal),
  }));
}

async function runSuite(lab: Lab, suite: string, signal: AbortSignal): Promise<void> {
  const { user, secret } = await lab.sharedAccount(signal);
  const url = new URL(`dav/calendars/${user}/`, lab.baseUrl).href;
  const environment = { PATH: process.env['PATH'], TESTS: suite, LANG: 'C.UTF-8' };
  const folder = await lab.home();
  const { output } = await runProgram('litmus', ['-k', url, user, secret], { environment, signal, folder });
  const results = resultsIn(output);
  const failed = results.filter(({ passed }) => !passed);
  assert.deepEqual(
    failed.map(({ name }) => name),
    [exception.name],
    output,
  );
  assert.match(output, exception.reason);
  assert.ok(results.some(({ name, passed }) => passed && name === 'init'));
}

/** The last line of each case: litmus writes over the line while a case runs. */
function resultsIn(output: string): { readonly name: string; readonly passed: boolean }[] {
  return [...output.matchAll(/ \d+\. (\w+)\.+ (pass|FAIL|WARNING)/g)].map(([, name = '', state]) => ({
    name,
    passed: state !== 'FAIL',
  }));
}
