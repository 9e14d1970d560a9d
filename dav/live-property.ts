/**
 * What a live property and a report are: small values, declared in the folder of their standard and registered by one
 * list there. Adding an RFC adds a folder and a line in `registry.ts`.
 */
import type { CollectionProperties, Lock, ObjectEntry, Reader } from '../storage/index.js';
import type { DavError } from './http/errors.js';
import type { DavLimits } from './limits.js';
import type { CollectionResource, Resource, ResourceKind } from './resources/resource.js';
import type { Viewer } from './resources/viewer.js';
import type { XmlElement } from './xml/element.js';
import type { LongText } from './xml/long-text.js';
import type { Name } from './xml/names.js';

export interface PropertyContext {
  readonly actor: Viewer;
  readonly reader: Reader;
  readonly limits: DavLimits;
  /** The database's epoch, part of every sync token and ctag. */
  readonly epoch: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The account's locks, read when they are first asked for. */
  readonly locks: () => Promise<readonly Lock[]>;
  /** The reports that a resource supports. */
  readonly reportsOf: (resource: Resource) => readonly Name[];
}

/**
 * The written XML inside the property's element; undefined where this resource does not have the property; a refusal where
 * it has it but cannot give it, which is told beside the others.
 */
export type PropertyValue = string | LongText | undefined | DavError;

export interface LiveProperty {
  readonly name: Name;
  readonly appliesTo: readonly ResourceKind[];
  readonly get: (resource: Resource, context: PropertyContext) => PropertyValue | Promise<PropertyValue>;
  /**
   * The value by an entry of a listing alone. Where every property asked for has this, no more is read of the members
   * of a collection.
   */
  readonly ofEntry?: (entry: ObjectEntry) => string;
  /** Whether DAV:allprop names it (RFC 4918 §9.1: those of RFC 4918; later RFCs exclude theirs). */
  readonly inAllprop?: boolean;
  /** Attributes on the property's element, written, such as ` xml:lang="de"`. */
  readonly attributes?: (resource: Resource) => string;
  /**
   * What setting it (or removing it: `value` undefined) changes; without it the property is protected.
   * @throws DavError with the status and precondition of the refusal
   */
  readonly set?: (value: XmlElement | undefined, resource: SettableResource) => Partial<CollectionProperties>;
}

/**
 * A property that is kept as a client sets it, on any resource, though its value has to be a valid one. Not in
 * DAV:allprop, as the standards ask of it.
 */
export interface KeptProperty {
  readonly name: Name;
  /** @throws DavError with the status and precondition of the refusal */
  readonly check: (value: XmlElement) => void;
}

/** A collection that is there, or one that is being made. */
export interface SettableResource {
  readonly kind: CollectionResource['kind'];
  /** Absent while the collection is being made: some properties can be set only then. */
  readonly existing: boolean;
}

export type { DavError };
