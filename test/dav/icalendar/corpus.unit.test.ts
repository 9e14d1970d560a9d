import assert from 'node:assert/strict';
import {
  CalendarDataError,
  defaultCalendarLimits,
  parseCalendarObject,
} from '../../../dav/icalendar/index.js';
import { corpusFiles, corpusFolder } from '../../interop/corpus-files.js';

/** What a PUT of the body would be answered, as far as the data decides it. */
function answerTo(body: Uint8Array): string {
  try {
    parseCalendarObject(body, defaultCalendarLimits);
    return '201';
  } catch (error) {
    if (error instanceof CalendarDataError) return `403 CALDAV:${error.precondition}`;
    throw error;
  }
}

const files = await corpusFiles('icalendar');

describe('RFC 4791 §5.3.2.1 over real files (docs/corpus.md)', () => {
  if (corpusFolder() === undefined) it('needs the corpus beside the repository, or LATCHKEY_CORPUS');
  for (const { name, body, expected } of files) {
    it(`${name}: ${expected.why}`, () => {
      assert.equal(answerTo(body), [expected.status, expected.precondition].filter(Boolean).join(' '));
    });
  }
});
