import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { OtherWriters } from '../../storage/sqlite/other-writers.js';

describe('Looking for what other processes have written', () => {
  it('goes on when the file could not be asked once', async () => {
    let asked = 0;
    const told: unknown[] = [];
    const pragma = (): unknown => {
      asked += 1;
      if (asked === 1) throw new Error('SQLITE_BUSY_RECOVERY');
      return 7;
    };
    const others = new OtherWriters({ pragma }, { tell: (change) => told.push(change) });
    others.watch(true);
    for (let waited = 0; told.length === 0; waited += 50) {
      assert.ok(waited < 10_000, 'it looks again');
      await delay(50);
    }
    others.watch(false);
    assert.equal(asked, 2);
    assert.deepEqual(told, ['unknown']);
  }).timeout(20_000);
});
