/** What a report is (RFC 3253 §3.6): a root element, where it applies, and what it does. */
import type { ReadPrivilege } from './acl/privileges.js';
import type { Depth } from './http/conditional.js';
import type { Exchange } from './http/exchange.js';
import type { Resource, ResourceKind } from './resources/resource.js';
import type { XmlElement } from './xml/element.js';
import type { Name } from './xml/names.js';

export interface Report {
  readonly name: Name;
  readonly appliesTo: readonly ResourceKind[];
  /** What it needs of the resource; DAV:read where it says nothing. */
  readonly privilege?: ReadPrivilege;
  /** Whether it asks about the objects of a calendar, so that subscriptions, which hold none, do not have it. */
  readonly ofObjects?: boolean;
  readonly run: (exchange: Exchange, body: XmlElement, depth: Depth | undefined) => Promise<void>;
}

/** Whether a resource has the report. */
export function hasReport(resource: Resource, { appliesTo, ofObjects = false }: Report): boolean {
  const isSubscription = resource.kind === 'calendar' && resource.collection.source !== null;
  return appliesTo.includes(resource.kind) && !(ofObjects && isSubscription);
}
