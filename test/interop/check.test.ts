import assert from 'node:assert/strict';
import { outcomeLines, runCheck, Skipped } from './check.js';
import type { Check } from './check.js';

const check = (run: Check['run']): Check => ({ name: 'a check', run });

describe('a check of a client', () => {
  it('passes unless it throws', async () => {
    assert.deepEqual(await runCheck(check(async () => undefined)), { state: 'ok', detail: '' });
  });

  it('fails with what was thrown, and its cause', async () => {
    const fail = check(async () => {
      throw new Error('the sync failed', { cause: new Error('no connection') });
    });
    assert.deepEqual(await runCheck(fail), { state: 'FAILED', detail: 'the sync failed: no connection' });
  });

  it('is skipped with its reason', async () => {
    const skip = check(async () => {
      throw new Skipped('no such program');
    });
    assert.deepEqual(await runCheck(skip), { state: 'skipped', detail: 'no such program' });
  });

  it('fails when it does not end in its time', async () => {
    const waits = check(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    assert.equal((await runCheck(waits, 20)).state, 'FAILED');
  });

  it('is one line, with what was wrong below it', () => {
    assert.equal(outcomeLines('a check', { state: 'ok', detail: '' }), 'ok      a check');
    assert.equal(
      outcomeLines('a check', { state: 'FAILED', detail: 'one\ntwo' }),
      'FAILED  a check\n          one\n          two',
    );
    assert.equal(outcomeLines('a check', { state: 'skipped', detail: 'why' }), 'skipped: a check: why');
  });
});
