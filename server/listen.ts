/**
 * Listening on every configured address, and the way down: stop accepting, let requests under way end, then close.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from './app.js';
import { settings } from './settings.js';

/** The port cannot be listened on; the message is a sentence. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface Listener {
  readonly port: number;
  /**
   * Stops accepting, waits until the requests under way have ended, at most `withinMs`, and closes every connection.
   * Answers whether all of them ended in time.
   */
  readonly drain: (withinMs: number) => Promise<boolean>;
}

/**
 * Listens on each host. A loopback address of a family that the machine does not have is left out, as long as one is
 * left.
 * @throws ListenError when the port is taken or may not be used
 */
export async function listen(app: App, hosts: readonly string[], port: number): Promise<Listener> {
  const { port: bound, listeners } = await listenOn(app.server, hosts, port, settings.port.name);
  return { port: bound, drain: (withinMs) => drain(app, listeners, withinMs) };
}

/** The same for any server: what listens is to be closed. `setting` is what a sentence about the port names. */
export async function listenOn(
  httpServer: NetServer,
  hosts: readonly string[],
  port: number,
  setting: string,
): Promise<{ readonly port: number; readonly listeners: readonly NetServer[] }> {
  // One http server listens on one address; connections to the others are handed to it.
  const [first, ...others] = await availableHosts(hosts);
  await open(httpServer, first, port, setting);
  const bound = portOf(httpServer);
  const listeners: NetServer[] = [httpServer];
  try {
    for (const host of others) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
        httpServer.emit('connection', socket),
      );
      await open(server, host, bound, setting);
      listeners.push(server);
    }
  } catch (error) {
    for (const server of listeners) server.close();
    throw error;
  }
  return { port: bound, listeners };
}

/** A port that is free on each host at this moment, for port 0 where the number must be known before listening. */
export async function freePort(hosts: readonly string[]): Promise<number> {
  const [first] = await availableHosts(hosts);
  const probe = createServer();
  await open(probe, first, 0);
  const port = portOf(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function availableHosts(hosts: readonly string[]): Promise<[string, ...string[]]> {
  const available: string[] = [];
  let missing: unknown;
  for (const host of hosts) {
    try {
      if (host === '127.0.0.1' || host === '::1') await probeHost(host);
      available.push(host);
    } catch (error) {
      missing = error;
    }
  }
  const [first, ...rest] = available;
  if (first === undefined) throw missing;
  return [first, ...rest];
}

async function probeHost(host: string): Promise<void> {
  const probe = createServer();
  await open(probe, host, 0);
  await new Promise((resolve) => probe.close(resolve));
}

function portOf(server: NetServer): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('The server is not listening on a port.');
  return address.port;
}

function open(
  server: NetServer,
  host: string,
  port: number,
  setting: string = settings.port.name,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(new ListenError(sentenceFor(error, host, port, setting)));
    server.once('error', fail);
    server.listen({ host, port, ipv6Only: host !== '::' }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function sentenceFor(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  port: number,
  setting: string,
): string {
  const place = `port ${port} of ${host}`;
  switch (code) {
    case 'EADDRINUSE':
      return `Another program listens on ${place} already: stop it, or choose another port with ${setting}.`;
    case 'EACCES':
      return `This user may not listen on ${place}: choose a port above 1023 with ${setting}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAFNOSUPPORT':
      return `This machine has no address ${host}: correct ${setting.replace(/PORT$/, 'HOST')}.`;
    default:
      return `Listening on ${place} failed: ${message}.`;
  }
}

const LOOK_EVERY_MS = 50;

async function drain(app: App, listeners: readonly NetServer[], withinMs: number): Promise<boolean> {
  app.startDraining();
  const closed = Promise.all(listeners.map((server) => new Promise((resolve) => server.close(resolve))));
  const deadline = performance.now() + withinMs;
  app.connections.endIdle();
  while (app.connections.size > 0 && performance.now() < deadline) {
    await delay(LOOK_EVERY_MS);
    app.connections.endIdle();
  }
  const inTime = app.connections.size === 0;
  app.connections.endAll();
  await closed;
  return inTime;
}
