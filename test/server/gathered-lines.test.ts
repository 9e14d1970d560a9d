import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { GatheredLines, mostAtOnce } from '../../server/observability/gathered-lines.js';
import { createLog } from '../../server/observability/log.js';
import type { Log } from '../../server/observability/log.js';

function gathering(): { readonly log: Log; readonly lines: GatheredLines; readonly writes: string[] } {
  const writes: string[] = [];
  const lines = new GatheredLines({ write: (text: string) => writes.push(text) });
  return { log: createLog('info', lines), lines, writes };
}

const numbersIn = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { n: unknown }).n);

describe('Lines of the log on their way', () => {
  it('are handed on together, in the order in which they came, soon after the first', async () => {
    const { log, writes } = gathering();
    for (const n of [1, 2, 3]) log.info({ n }, 'request');
    assert.deepEqual(writes, []);
    for (let tries = 0; writes.length === 0 && tries < 500; tries += 1) await delay(10);
    assert.deepEqual(writes.map(numbersIn), [[1, 2, 3]]);
  });

  it('go at once when one of them is a warning or worse, with those before it', () => {
    const { log, writes } = gathering();
    log.info({ n: 1 }, 'request');
    log.warn({ n: 2 }, 'trouble');
    log.info({ n: 3 }, 'request');
    log.error({ n: 4 }, 'more trouble');
    assert.deepEqual(writes.map(numbersIn), [
      [1, 2],
      [3, 4],
    ]);
  });

  it('never make a write that a pipe would not take as a whole, and nothing is lost', () => {
    const { log, lines, writes } = gathering();
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    for (const n of numbers) log.info({ n }, 'request');
    lines.handOn();
    assert.ok(writes.length > 1 && writes.every((text) => text.length <= mostAtOnce && text.endsWith('\n')));
    assert.deepEqual(writes.flatMap(numbersIn), numbers);
    lines.handOn();
    assert.deepEqual(writes.flatMap(numbersIn), numbers);
  });
});
