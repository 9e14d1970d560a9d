import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import { clientOf, isFromOurSide, isLoopback, plainAddress } from '../../server/client.js';

const trusted = new BlockList();
trusted.addSubnet('10.0.0.0', 8, 'ipv4');
trusted.addAddress('::1', 'ipv6');

const request = (remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

function client(remoteAddress: string, headers: Record<string, string> = {}) {
  return clientOf(request(remoteAddress, headers), trusted);
}

describe('Who is at the other end of a connection', () => {
  it('takes the peer where no proxy speaks', () => {
    assert.deepEqual(client('127.0.0.1'), { address: '127.0.0.1', https: false, loopback: true });
    assert.deepEqual(client('::ffff:192.0.2.7'), { address: '192.0.2.7', https: false, loopback: false });
    assert.deepEqual(client('fe80::1%eth0'), { address: 'fe80::1', https: false, loopback: false });
  });

  it('believes no header of a peer that is not a trusted proxy', () => {
    const headers = { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https' };
    assert.deepEqual(client('192.0.2.7', headers), { address: '192.0.2.7', https: false, loopback: false });
  });

  it('does not take a proxy on this machine that nobody has declared for a local client', () => {
    assert.equal(client('127.0.0.1', { 'x-forwarded-for': '198.51.100.1' }).loopback, false);
    assert.equal(client('127.0.0.1', { forwarded: 'for=198.51.100.1' }).loopback, false);
    assert.equal(client('127.0.0.1', { 'x-real-ip': '198.51.100.1' }).loopback, false);
    assert.equal(client('127.0.0.1', { via: '1.1 proxy' }).loopback, false);
  });

  it('reads the client from trusted proxies, from the right', () => {
    const https = { 'x-forwarded-proto': 'https' };
    const forwarded = (value: string) => client('10.1.1.1', { 'x-forwarded-for': value, ...https });
    assert.deepEqual(forwarded('198.51.100.1'), { address: '198.51.100.1', https: true, loopback: false });
    // Whatever the client itself has written stands further left.
    assert.equal(forwarded('127.0.0.1, 198.51.100.1').address, '198.51.100.1');
    assert.equal(forwarded('203.0.113.9, 198.51.100.1, 10.2.2.2').address, '198.51.100.1');
    assert.equal(forwarded('198.51.100.1:4711').address, '198.51.100.1');
    assert.equal(forwarded('[2001:db8::1]:443').address, '2001:db8::1');
    assert.equal(forwarded('nonsense').address, '10.1.1.1');
  });

  it('takes https only from what the proxy says', () => {
    assert.equal(client('10.1.1.1', { 'x-forwarded-proto': 'http' }).https, false);
    assert.equal(client('10.1.1.1', { 'x-forwarded-for': '198.51.100.1' }).https, false);
  });

  it('tells headers of our own side from those that may come from anywhere', () => {
    const forwarded = { 'x-forwarded-for': '198.51.100.1' };
    assert.equal(isFromOurSide(request('10.1.1.1', forwarded), trusted), true);
    assert.equal(isFromOurSide(request('::ffff:127.0.0.1'), trusted), true);
    assert.equal(isFromOurSide(request('127.0.0.1', forwarded), trusted), false);
    assert.equal(isFromOurSide(request('192.0.2.7', forwarded), trusted), false);
    assert.equal(isFromOurSide(request('192.0.2.7'), trusted), false);
  });

  it('knows loopback', () => {
    assert.equal(isLoopback('127.8.9.10'), true);
    assert.equal(isLoopback('::1'), true);
    assert.equal(isLoopback('127.evil.example'), false);
    assert.equal(isLoopback(plainAddress('::ffff:127.0.0.1')), true);
  });
});
