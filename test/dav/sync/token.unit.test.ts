import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DavError } from '../../../dav/http/errors.js';
import { positionOfToken, syncToken } from '../../../dav/sync/token.js';
import { AccountId, CollectionId, Revision } from '../../../storage/index.js';
import type { Collection } from '../../../storage/index.js';

const collection = {
  accountId: AccountId(7),
  id: CollectionId(3),
  revision: Revision(100),
  tombstonesSince: Revision(40),
} as Collection;
const epoch = 'e1';

const refused = (token: string, of: Collection = collection, inEpoch = epoch): void => {
  assert.throws(
    () => positionOfToken(token, inEpoch, of),
    (error) =>
      error instanceof DavError &&
      error.status === 403 &&
      error.details.precondition === '{DAV:}valid-sync-token',
  );
};

describe('RFC 6578 §3.2: sync tokens', () => {
  it('are URIs that lead back to their revision', () => {
    const token = syncToken(epoch, collection);
    assert.ok(URL.canParse(token));
    assert.deepEqual(positionOfToken(token, epoch, collection), { at: 100, deletionsSince: 100 });
    assert.deepEqual(positionOfToken(` ${token}\n`, epoch, collection).at, 100);
  });

  it('begin at nothing when empty', () => {
    assert.equal(positionOfToken('', epoch, collection).at, 0);
  });

  it('of a first synchronization in parts stay valid although old deletions are forgotten', () => {
    const begun = positionOfToken('', epoch, collection);
    const token = syncToken(epoch, collection, { ...begun, at: Revision(5) });
    assert.deepEqual(positionOfToken(token, epoch, collection), { at: 5, deletionsSince: 100 });
    refused(token, { ...collection, revision: Revision(300), tombstonesSince: Revision(200) });
  });

  it('are refused when they were not given out by this collection', () => {
    const valid = syncToken(epoch, collection);
    refused(valid, { ...collection, id: CollectionId(4) });
    refused(valid, { ...collection, accountId: AccountId(8) });
    refused(valid, collection, 'e2');
  });

  for (const end of ['101', '39', '-1', '1e1', '1.5', 'x', '', '99-101', '99999999999999999999']) {
    it(`are refused with the revision ${JSON.stringify(end)}`, () => {
      refused(syncToken(epoch, collection).replace(/100$/, end));
    });
  }

  it('are refused as anything else', () => {
    for (const token of ['http://example.org/', 'null', '0', '100']) refused(token);
  });
});
