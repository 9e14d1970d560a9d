/** The events of a calendar as a client finds them. */
import assert from 'node:assert/strict';
import { multistatus } from './answers.js';
import type { DavSuite } from './dav-suite.js';

/** DTSTART, RRULE and SUMMARY of every event of a calendar, sorted. */
export async function storedEventsOf(suite: DavSuite, path: string): Promise<string[][]> {
  const listed = await suite.send('PROPFIND', path, { headers: { Depth: '1' } });
  const found: string[][] = [];
  for (const { href } of multistatus(listed.body)) {
    if (href === path) continue;
    const answer = await suite.send('GET', href);
    assert.equal(answer.status, 200);
    const value = (name: string): string =>
      new RegExp(`^${name}[^:\r\n]*:(.*)\r$`, 'm').exec(answer.body.replaceAll('\r\n ', ''))?.[1] ?? '';
    found.push([value('DTSTART'), value('RRULE'), value('SUMMARY')]);
  }
  return found.sort((one, other) => (one.join() < other.join() ? -1 : 1));
}
