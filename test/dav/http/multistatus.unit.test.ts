import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Exchange } from '../../../dav/http/exchange.js';
import { Multistatus } from '../../../dav/http/multistatus.js';
import { SlowClients } from '../../../dav/http/slow-clients.js';
import { storedText } from '../../../dav/xml/long-text.js';
import { escapeText } from '../../../dav/xml/write.js';

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

  end(piece: string): void {
    this.written.push(Buffer.from(piece));
  }
}

function exchangeOf(response: QuickResponse): Exchange {
  const request = { socket: Object.assign(new EventEmitter(), { destroyed: false }) };
  const services = { slowClients: new SlowClients(4, 10_000) };
  return { request, response, services, actor: { accountId: 1 } } as unknown as Exchange;
}

describe('RFC 4918 §13: a long multistatus', () => {
  it('lets others have their turn after each piece, however quickly the client takes it', async () => {
    const response = new QuickResponse();
    const out = new Multistatus(exchangeOf(response));
    for (let piece = 1; piece <= 3; piece += 1) {
      let turned = false;
      setImmediate(() => (turned = true));
      await out.add('x'.repeat(100_000));
      assert.equal(response.written.length, piece);
      assert.ok(turned);
    }
  });

  it('carries a long text escaped, in small pieces, with a turn of others between two', async () => {
    const response = new QuickResponse();
    const out = new Multistatus(exchangeOf(response));
    // Characters of one to four bytes, so that pieces of bytes end inside some of them.
    const text = 'a<é&€\r\n😀>'.repeat(100_000);
    let turns = 0;
    const count = (): void => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const data = storedText(Buffer.from(`\ufeff${text}`));
    assert.ok(typeof data !== 'string');
    await out.add(['<data>', data, '</data>']);
    clearImmediate(counting);
    out.end();
    const written = Buffer.concat(response.written).toString('utf8');
    assert.ok(written.includes(`<data>${escapeText(text)}</data>`));
    assert.ok(Math.max(...response.written.map(({ length }) => length)) < 500_000);
    assert.ok(turns >= response.written.length - 1, `${turns} turns`);
  });
});
