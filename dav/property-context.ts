/** Builds what live properties read from, for one request. */
import type { Reader } from '../storage/index.js';
import type { Exchange } from './http/exchange.js';
import type { PropertyContext } from './live-property.js';

export function propertyContext({ actor, services }: Exchange, reader: Reader): PropertyContext {
  const { limits, epoch, reportsOf } = services;
  return { actor, reader, limits, epoch, reportsOf };
}
