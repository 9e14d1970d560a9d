/**
 * The connections that are open: how many there are in all and from one address, and which of them have a request under
 * way. One address with hundreds of idle or slow connections shuts nobody else out.
 */
import type { ServerResponse } from 'node:http';
import type { BlockList, Socket } from 'node:net';
import { contains, isLoopback, plainAddress } from './client.js';

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Not counted by address, since many clients stand behind them. */
  readonly trustProxy: BlockList;
}

/** Loopback is one address for every program on the machine, a proxy that nobody has declared among them. */
const LOOPBACK_FACTOR = 10;

export class Connections {
  readonly #limits: ConnectionLimits;
  /** Open connections, with the answers under way on each. Those of a closed one need not hear of it (pipelining). */
  readonly #open = new Map<Socket, Set<ServerResponse>>();
  readonly #byAddress = new Map<string, number>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Takes a new connection, or answers why it is refused; then the caller destroys it. */
  accept(socket: Socket): 'accepted' | 'too many' | 'too many from its address' {
    if (this.#open.size >= this.#limits.maxConnections) return 'too many';
    const address = plainAddress(socket.remoteAddress ?? '');
    const group = addressGroup(address);
    const count = this.#byAddress.get(group) ?? 0;
    if (count >= this.#capOf(address)) return 'too many from its address';
    this.#byAddress.set(group, count + 1);
    this.#open.set(socket, new Set());
    socket.once('close', () => this.#forget(socket, group));
    return 'accepted';
  }

  #capOf(address: string): number {
    if (contains(this.#limits.trustProxy, address)) return Number.POSITIVE_INFINITY;
    return this.#limits.maxConnectionsPerAddress * (isLoopback(address) ? LOOPBACK_FACTOR : 1);
  }

  #forget(socket: Socket, group: string): void {
    this.#open.delete(socket);
    const count = (this.#byAddress.get(group) ?? 1) - 1;
    if (count > 0) this.#byAddress.set(group, count);
    else this.#byAddress.delete(group);
  }

  requestBegins(socket: Socket, response: ServerResponse): void {
    this.#open.get(socket)?.add(response);
  }

  requestEnds(socket: Socket, response: ServerResponse): void {
    this.#open.get(socket)?.delete(response);
  }

  /** The answers under way say that their connection ends, where they have not said the contrary yet. */
  endAfterAnswers(): void {
    for (const answers of this.#open.values())
      for (const response of answers) response.shouldKeepAlive = false;
  }

  /** Whether a request is being answered on the connection. */
  isBusy(socket: Socket): boolean {
    return (this.#open.get(socket)?.size ?? 0) > 0;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Answers under way. Looks at each connection. */
  get requests(): number {
    let count = 0;
    for (const answers of this.#open.values()) count += answers.size;
    return count;
  }

  /** Closes the connections that have no request under way: all they could lose is a request that was not read yet. */
  endIdle(): void {
    for (const [socket, answers] of this.#open) if (answers.size === 0) socket.destroy();
  }

  /** Closes every connection at once. */
  endAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }
}

/** What counts as one address: one of IPv4, a /64 of IPv6, which is what one household or host is given. */
export function addressGroup(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return groups.slice(0, 4).join(':');
}
