import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ChangeFeed, ChangeSet, readChange, writeChange } from '../../storage/change-feed.js';
import { AccountId, CollectionId } from '../../storage/index.js';

const change = { accountId: AccountId(7), id: CollectionId(12), what: 'members' } as const;

describe('The change feed', () => {
  it('writes changes as words that it reads again, and passes over what it does not know', () => {
    for (const what of ['members', 'collection'] as const)
      assert.deepEqual(readChange(writeChange({ ...change, what })), { ...change, what });
    for (const word of ['', '7.12', '7.12.x', 'a.b.m', '7.12.m.4', '*'])
      assert.equal(readChange(word), undefined);
  });

  it('gathers each change once', () => {
    const set = new ChangeSet();
    set.add(change);
    set.add({ ...change });
    set.add({ ...change, what: 'collection' });
    assert.equal(set.size, 2);
    assert.deepEqual(set.take(), [change, { ...change, what: 'collection' }]);
    assert.deepEqual(set.take(), []);
  });

  it('says when the first one comes to listen, and when the last one goes', () => {
    const interest: boolean[] = [];
    const feed = new ChangeFeed((isWanted) => interest.push(isWanted));
    const listener = (): void => undefined;
    const ends = [feed.subscribe(listener), feed.subscribe(listener)];
    for (const end of [...ends, ...ends]) end();
    feed.subscribe(listener);
    assert.deepEqual(interest, [true, false, true]);
  });
});
