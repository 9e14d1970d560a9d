import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyRoom } from '../../../dav/http/body-room.js';
import { DavError } from '../../../dav/http/errors.js';
import { AccountId } from '../../../storage/index.js';

const MEGABYTE = 1024 ** 2;

/** A request of an account. */
function request(account: number): {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly actor: { readonly accountId: AccountId };
} {
  const socket = new EventEmitter();
  return {
    request: { socket } as unknown as IncomingMessage,
    response: new EventEmitter() as unknown as ServerResponse,
    actor: { accountId: AccountId(account) },
  };
}

const isBusy = (error: unknown): boolean => error instanceof DavError && error.status === 503;

describe('Room for bodies', () => {
  it('is not asked for by small ones', () => {
    const room = new BodyRoom(10 * MEGABYTE);
    for (let number = 0; number < 100_000; number += 1) room.follow(request(1))(64 * 1024);
    assert.equal(room.held, 0);
  });

  it('is for each account as much, and for all of them together four times that', () => {
    const room = new BodyRoom(10 * MEGABYTE);
    for (let account = 1; account <= 4; account += 1) {
      for (let body = 0; body < 6; body += 1) room.follow(request(account))(10 * MEGABYTE);
      assert.throws(() => room.follow(request(account))(10 * MEGABYTE), isBusy);
      room.follow(request(account))(4 * MEGABYTE);
    }
    assert.equal(room.held, 256 * MEGABYTE);
    assert.throws(() => room.follow(request(5))(MEGABYTE), isBusy);
    room.follow(request(5))(1_000);
  });

  it('is taken as a body grows, and given back once when its request is over', () => {
    const room = new BodyRoom(100 * MEGABYTE);
    const first = request(1);
    const grown = room.follow(first);
    for (const size of [1_000, MEGABYTE, 100 * MEGABYTE]) grown(size);
    const second = request(1);
    const other = room.follow(second);
    other(100 * MEGABYTE);
    assert.throws(() => other(100 * MEGABYTE + 1), isBusy);
    assert.equal(room.held, 200 * MEGABYTE);
    second.response.emit('close');
    second.request.socket.emit('close');
    assert.equal(room.held, 100 * MEGABYTE);
    grown(100 * MEGABYTE);
    // Behind another answer nothing is heard but that the connection is gone.
    first.request.socket.emit('close');
    assert.equal(room.held, 0);
  });
});
