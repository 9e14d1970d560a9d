import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DavError } from '../../dav/http/errors.js';
import { WorkerThread } from '../../dav/worker-thread.js';

interface Task {
  readonly name: string;
  readonly answered: Int32Array;
}

const script = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
const limits = { maxMegabytes: 64, maxMilliseconds: 500, maxWaiting: 4, idleMilliseconds: 60_000 };
const refuse = (): DavError => new DavError(503, 'Refused.');
const refusals = { tooBusy: refuse, tooHeavy: refuse };
const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

describe('A worker thread', () => {
  it('that was given up answers none but its own task', async () => {
    const thread = new WorkerThread<Task, string>(
      script(`
        import { parentPort } from 'node:worker_threads';
        parentPort.on('message', ({ name, answered }) => {
          parentPort.postMessage(name);
          Atomics.store(answered, 0, 1);
          Atomics.notify(answered, 0);
        });`),
      limits,
      refusals,
    );
    await thread.run({ name: 'zeroth', answered: shared() }).catch(() => undefined);
    // After setImmediate timers come first: the time is up before the answer, which is there, is looked at.
    const [, second] = await new Promise<PromiseSettledResult<string>[]>((resolve) => {
      setImmediate(() => {
        const answered = shared();
        const both = [
          thread.run({ name: 'first', answered }),
          thread.run({ name: 'second', answered: shared() }),
        ];
        resolve(Promise.allSettled(both));
        Atomics.wait(answered, 0, 0, 5_000);
        Atomics.wait(shared(), 0, 0, limits.maxMilliseconds + 100);
      });
    });
    if (second?.status === 'fulfilled') assert.equal(second.value, 'second');
  });

  it('that cannot be started fails each task, and holds up none', async () => {
    const thread = new WorkerThread<string, string>(new URL('https://example.com/none.js'), limits, refusals);
    const tasks = ['first', 'second', 'third'].map((name) => thread.run(name));
    for (const { status } of await Promise.allSettled(tasks)) assert.equal(status, 'rejected');
  });
});
