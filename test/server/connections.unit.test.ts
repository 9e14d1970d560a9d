import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BlockList } from 'node:net';
import { addressGroup, Connections } from '../../server/connections.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
  constructor(readonly remoteAddress: string) {
    super();
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

const socketFrom = (address: string): Socket => new FakeSocket(address) as unknown as Socket;

function connections(): Connections {
  const trustProxy = new BlockList();
  trustProxy.addAddress('10.0.0.1', 'ipv4');
  return new Connections({ maxConnections: 50, maxConnectionsPerAddress: 3, trustProxy });
}

/** An answer that would keep its connection. */
function answerOn(socket: Socket): ServerResponse {
  const answer = new ServerResponse(new IncomingMessage(socket));
  answer.shouldKeepAlive = true;
  return answer;
}

const outcomes = (open: Connections, address: string, times: number): string[] =>
  Array.from({ length: times }, () => open.accept(socketFrom(address)));

describe('Connections', () => {
  it('refuses more than the cap from one address and goes on taking others', () => {
    const open = connections();
    assert.equal(outcomes(open, '192.0.2.1', 200).filter((outcome) => outcome === 'accepted').length, 3);
    assert.equal(open.accept(socketFrom('192.0.2.2')), 'accepted');
  });

  it('counts a /64 of IPv6 as one address', () => {
    const open = connections();
    for (const end of ['1', '2', '3'])
      assert.equal(open.accept(socketFrom(`2001:db8:0:1::${end}`)), 'accepted');
    assert.equal(open.accept(socketFrom('2001:db8:0:1:ffff::9')), 'too many from its address');
    assert.equal(open.accept(socketFrom('2001:db8:0:2::1')), 'accepted');
    assert.equal(addressGroup('2001:db8::1'), addressGroup('2001:db8:0:0:ffff::'));
  });

  it('lets loopback have ten times as many and trusted proxies any number', () => {
    const open = connections();
    assert.equal(outcomes(open, '127.0.0.1', 40).filter((outcome) => outcome === 'accepted').length, 30);
    assert.equal(outcomes(open, '10.0.0.1', 15).filter((outcome) => outcome === 'accepted').length, 15);
  });

  it('refuses more than the whole, and takes again when one has closed', () => {
    const open = connections();
    const first = socketFrom('10.0.0.1');
    open.accept(first);
    outcomes(open, '10.0.0.1', 49);
    assert.equal(open.accept(socketFrom('192.0.2.1')), 'too many');
    first.destroy();
    assert.equal(open.accept(socketFrom('192.0.2.1')), 'accepted');
  });

  it('ends idle connections and leaves those with a request under way', () => {
    const open = connections();
    const idle = socketFrom('192.0.2.1');
    const busy = socketFrom('192.0.2.2');
    open.accept(idle);
    open.accept(busy);
    const answer = answerOn(busy);
    open.requestBegins(busy, answer);
    open.endIdle();
    assert.equal(idle.destroyed, true);
    assert.equal(busy.destroyed, false);
    open.endAfterAnswers();
    assert.equal(answer.shouldKeepAlive, false);
    open.requestEnds(busy, answer);
    open.endIdle();
    assert.equal(open.size, 0);
  });

  it('forgets the answers of a connection that is gone, also those that it never came to', () => {
    const open = connections();
    const gone = socketFrom('192.0.2.1');
    open.accept(gone);
    const answers = [1, 2].map(() => answerOn(gone));
    for (const answer of answers) open.requestBegins(gone, answer);
    gone.destroy();
    open.endAfterAnswers();
    assert.deepEqual(
      answers.map(({ shouldKeepAlive }) => shouldKeepAlive),
      [true, true],
    );
  });
});
