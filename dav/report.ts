/** What a report is (RFC 3253 §3.6): a root element, where it applies, and what it does. */
import type { Depth } from './http/conditional.js';
import type { Exchange } from './http/exchange.js';
import type { ResourceKind } from './resources/resource.js';
import type { XmlElement } from './xml/element.js';
import type { Name } from './xml/names.js';

export interface Report {
  readonly name: Name;
  readonly appliesTo: readonly ResourceKind[];
  readonly run: (exchange: Exchange, body: XmlElement, depth: Depth | undefined) => Promise<void>;
}
