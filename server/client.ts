/**
 * Who is at the other end of a connection: the address, and whether nobody on the way can read along. Headers that
 * proxies add are believed only from proxies that the configuration names (docs/security.md).
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { BlockList } from 'node:net';

export interface Client {
  readonly address: string;
  /** The request came by https, to a trusted proxy. */
  readonly https: boolean;
  /** The client is on this machine; no proxy stands between. */
  readonly loopback: boolean;
}

/** An address as it is compared and stored: IPv4 written inside IPv6 becomes IPv4, without a zone. */
export function plainAddress(address: string): string {
  const mapped =
    address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
  const zone = mapped.indexOf('%');
  return zone === -1 ? mapped : mapped.slice(0, zone);
}

export function isLoopback(address: string): boolean {
  return address === '::1' || (address.startsWith('127.') && isIP(address) === 4);
}

export function contains(networks: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && networks.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

const peerOf = (request: IncomingMessage): string => plainAddress(request.socket.remoteAddress ?? '');

/** Whether a proxy has passed the request on, by what proxies add. One that adds nothing cannot be told from a client. */
function isProxied({ headers }: IncomingMessage): boolean {
  return (
    headers['x-forwarded-for'] !== undefined ||
    headers['x-forwarded-proto'] !== undefined ||
    headers.forwarded !== undefined ||
    headers['x-real-ip'] !== undefined ||
    headers.via !== undefined
  );
}

/** The address of a proxy that passed the request on and is none of the `trusted` ones. */
export function undeclaredProxyOf(request: IncomingMessage, trusted: BlockList): string | undefined {
  if (!isProxied(request)) return undefined;
  const peer = peerOf(request);
  return contains(trusted, peer) ? undefined : peer;
}

/** Whether a trusted proxy, or a program on this machine, has written the headers of a request. */
export function isFromOurSide(request: IncomingMessage, trusted: BlockList): boolean {
  const peer = peerOf(request);
  return contains(trusted, peer) || (isLoopback(peer) && !isProxied(request));
}

/** Reads one request's client. `trusted` are the proxies of LATCHKEY_TRUST_PROXY. */
export function clientOf(request: IncomingMessage, trusted: BlockList): Client {
  const peer = peerOf(request);
  const { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': forwardedProtocol } = request.headers;
  if (!isProxied(request)) return { address: peer, https: false, loopback: isLoopback(peer) };
  // A proxy that is not trusted may stand on this machine and pass on what came from another in the clear.
  if (!contains(trusted, peer)) return { address: peer, https: false, loopback: false };
  return {
    address: forwardedAddress(peer, joined(forwardedFor), trusted),
    https: joined(forwardedProtocol).split(',', 1)[0]?.trim().toLowerCase() === 'https',
    loopback: false,
  };
}

const joined = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? header.join(',') : (header ?? '');

/** From the right, the first address that is not a trusted proxy's: what stands left of it is only a claim. */
function forwardedAddress(peer: string, header: string, trusted: BlockList): string {
  let address = peer;
  for (const part of header.split(',').reverse()) {
    if (!contains(trusted, address)) break;
    const next = withoutPort(part.trim());
    if (isIP(next) === 0) break;
    address = next;
  }
  return address;
}

function withoutPort(text: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+)$/.exec(text) ?? [];
  return plainAddress(bracketed ?? dotted ?? text);
}
