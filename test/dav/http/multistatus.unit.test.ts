import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Exchange } from '../../../dav/http/exchange.js';
import { Multistatus } from '../../../dav/http/multistatus.js';
import { SlowClients } from '../../../dav/http/slow-clients.js';

/** A response whose socket takes everything at once, before the event loop turns. */
class QuickResponse extends EventEmitter {
  readonly written: Buffer[] = [];
  headersSent = false;
  destroyed = false;

  writeHead(): void {
    this.headersSent = true;
  }

  write(piece: Buffer): boolean {
    this.written.push(piece);
    process.nextTick(() => this.emit('drain'));
    return false;
  }
}

describe('RFC 4918 §13: a long multistatus', () => {
  it('lets others have their turn after each piece, however quickly the client takes it', async () => {
    const response = new QuickResponse();
    const request = { socket: Object.assign(new EventEmitter(), { destroyed: false }) };
    const services = { slowClients: new SlowClients(10_000) };
    const exchange = { request, response, services, actor: { accountId: 1 } } as unknown as Exchange;
    const out = new Multistatus(exchange);
    for (let piece = 1; piece <= 3; piece += 1) {
      let turned = false;
      setImmediate(() => (turned = true));
      await out.add('x'.repeat(100_000));
      assert.equal(response.written.length, piece);
      assert.ok(turned);
    }
  });
});
