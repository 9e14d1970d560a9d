import assert from 'node:assert/strict';
import { AddressDataError, parseCard } from '../../../dav/vcard/index.js';
import { corpusFiles, corpusFolder } from '../../interop/corpus-files.js';

/** What a PUT of the body would be answered, as far as the data decides it. */
function answerTo(body: Uint8Array): string {
  try {
    parseCard(body);
    return '201';
  } catch (error) {
    if (error instanceof AddressDataError) return `403 CARDDAV:${error.precondition}`;
    throw error;
  }
}

const files = await corpusFiles('vcard');

describe('RFC 6352 §6.3.2.1 over real files (docs/corpus.md)', () => {
  if (corpusFolder() === undefined) it('needs the corpus beside the repository, or LATCHKEY_CORPUS');
  for (const { name, body, expected } of files) {
    it(`${name}: ${expected.why}`, () => {
      assert.equal(answerTo(body), [expected.status, expected.precondition].filter(Boolean).join(' '));
    });
  }
});
