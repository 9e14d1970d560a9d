/** Builds what live properties read from, for one request. */
import type { Lock, Reader } from '../storage/index.js';
import type { Exchange } from './http/exchange.js';
import type { PropertyContext } from './live-property.js';
import { ownLocks } from './webdav/own-locks.js';

export function propertyContext({ actor, services }: Exchange, reader: Reader): PropertyContext {
  const { limits, epoch, reportsOf } = services;
  const now = services.clock();
  let locks: Promise<readonly Lock[]> | undefined;
  return {
    actor,
    reader,
    limits,
    epoch,
    reportsOf,
    now,
    locks: () => (locks ??= ownLocks(reader, actor, now)),
  };
}
