/**
 * Branded identifiers: a number or text that names a row, which the compiler keeps from being mistaken for another.
 */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An account: the first part of every key, so that tables can be sharded by it. Never reused. */
export type AccountId = Branded<number, 'AccountId'>;
/** A collection inside its account; counted up per account and never reused, so that sync tokens never are. */
export type CollectionId = Branded<number, 'CollectionId'>;
/** An object inside its collection: the collection revision that created it. */
export type ObjectId = Branded<number, 'ObjectId'>;
/** A change counter of a collection; every change takes the next one. */
export type Revision = Branded<number, 'Revision'>;
/** An app password inside its account. */
export type AppPasswordId = Branded<string, 'AppPasswordId'>;
/** A console session inside its account. */
export type SessionId = Branded<string, 'SessionId'>;

export const AccountId = (value: number): AccountId => value as AccountId;
export const CollectionId = (value: number): CollectionId => value as CollectionId;
export const ObjectId = (value: number): ObjectId => value as ObjectId;
export const Revision = (value: number): Revision => value as Revision;
export const AppPasswordId = (value: string): AppPasswordId => value as AppPasswordId;
export const SessionId = (value: string): SessionId => value as SessionId;
