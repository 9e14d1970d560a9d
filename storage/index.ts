/** The front door: what is stored, as nouns with their verbs. Drivers have doors of their own (`sqlite/index.ts`). */
export { removeDeletedAccounts } from './account-deletion.js';
export { pruneActivity } from './activity.js';
export * from './birthdays.js';
export { verify } from './verification.js';
export type { Fault, FaultKind } from './fault.js';
export { backUp, backupNote, beginAnew, makeRestored, requireWhole, type BackupNote } from './backup.js';
export type { ChangeListener, Changes, CollectionChange } from './change-feed.js';
export * from './changes.js';
export { type CardPropertyName, type IndexedProperty } from './card-index.js';
export { cardsMatching, type CardCondition, type CardMatchType } from './card-query.js';
export * from './collection-copy.js';
export { deleteCollection, hasDeletedCollections, purgeDeletedCollections } from './collection-deletion.js';
export * from './collections.js';
export * from './database.js';
export {
  findGroup,
  groupsOfAccount,
  listGroups,
  membersOfGroup,
  shareAGroup,
  type GroupMember,
  type GroupRow,
} from './groups.js';
export * from './home-changes.js';
export * from './ids.js';
export { usesOfEarlierKeys, type KeyUse, type UsedKey } from './key-usage.js';
export * from './locks.js';
export * from './meta.js';
export * from './object-changes.js';
export type { ObjectIndex, Span } from './object-index.js';
export { copyObject, moveObject, type ObjectPlace } from './object-moves.js';
export {
  findObject,
  findObjectAt,
  findObjectByUid,
  findObjectsWithContent,
  largeObjectBytes,
  pageEntries,
  pageObjects,
  pageObjectsWithContent,
  readContent,
  readContents,
  type ListedObject,
  type ObjectEntry,
  type StoredObject,
  type StoredObjectWithContent,
} from './objects.js';
export { findPrincipal, pagePrincipals, type PrincipalRow } from './principals.js';
export * from './properties.js';
export { quotaOfAccount, setQuotaOfAccount, usedBytes } from './quota.js';
export * from './reindexing.js';
export { sizeOfPostgres, storedSizes, type CollectionSizes, type StoredSizes } from './sizes.js';
export type { AppPasswordAccess, CollectionKind, LinkKind, SessionStage } from './schema.js';
export { objectsInTimeRange, type IndexMatch, type TimeRangeQuery } from './time-range.js';
