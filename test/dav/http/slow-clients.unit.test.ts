import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'mocha';
import { ClientGoneError, SlowClients } from '../../../dav/http/slow-clients.js';
import { AccountId } from '../../../storage/ids.js';

type Stream = Parameters<SlowClients['drained']>[0];

interface SlowClient {
  readonly stream: Stream;
  /** It takes what was written. */
  readonly take: () => void;
  readonly isCut: () => boolean;
}

function slow(account: number): SlowClient {
  let cut = false;
  const response = new EventEmitter();
  const socket = Object.assign(new EventEmitter(), { destroy: () => (cut = true) });
  const stream: unknown = { request: { socket }, response, actor: { accountId: AccountId(account) } };
  return { stream: stream as Stream, take: () => void response.emit('drain'), isCut: () => cut };
}

describe('Waiting for slow clients', () => {
  it('leaves a quarter of what storage reads at a time to others, and takes a quarter for one account', async () => {
    const clients = new SlowClients(16, 10_000);
    const waiting = Array.from({ length: 12 }, (_, index) => slow(Math.floor(index / 4)));
    const drained = waiting.map(({ stream }) => clients.drained(stream));
    const one = slow(9);
    await assert.rejects(clients.drained(one.stream), ClientGoneError);
    assert.ok(one.isCut());
    for (const { take } of waiting.slice(0, 5)) take();
    await Promise.all(drained.slice(0, 5));
    const ofOne = Array.from({ length: 4 }, () => slow(9));
    const more = ofOne.map(({ stream }) => clients.drained(stream));
    await assert.rejects(clients.drained(slow(9).stream), ClientGoneError, 'its own share');
    for (const { take } of [...waiting.slice(5), ...ofOne]) take();
    await Promise.all([...drained, ...more]);
    assert.ok([...waiting, ...ofOne].every(({ isCut }) => !isCut()));
  });
});
