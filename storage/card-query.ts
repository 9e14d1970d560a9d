/** Cards by their searchable properties (RFC 6352 §8.6): conditions over `card_text`, a row a card. */
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { cardColumns, cutMark, edge, type CardPropertyName } from './card-index.js';
import type { CollectionRef } from './collections.js';
import type { Reader } from './database.js';
import { ObjectId } from './ids.js';
import { inCollection, objectColumns, type InCollection, type StoredObject } from './objects.js';
import type { Flag } from './schema.js';
import { statement, type Placeholders, type Statement } from './statement.js';
import type { IndexMatch } from './time-range.js';

export type CardMatchType = 'equals' | 'contains' | 'starts-with' | 'ends-with';

/** A condition on the indexed properties of one card. */
export type CardCondition =
  /** Any card. */
  | { readonly kind: 'any' }
  /** There is a value of this name. */
  | { readonly kind: 'defined'; readonly property: CardPropertyName }
  /** There is none. */
  | { readonly kind: 'not-defined'; readonly property: CardPropertyName }
  /** There is a value of this name that is cut, or that matches when folded. */
  | {
      readonly kind: 'text';
      readonly property: CardPropertyName;
      readonly matchType: CardMatchType;
      readonly foldedValue: string;
    }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly CardCondition[] };

/** A condition with more leaves, or deeper, is not worked out here: every card may match it. */
const maxLeaves = 64;
const maxDepth = 8;
/** Cards that one query looks at, and comparisons that it makes, so that the time between two pages is bounded. */
const cardsOfWindow = 1_000;
const comparisonsOfWindow = 8_000;
const lastId = ObjectId(Number.MAX_SAFE_INTEGER);

type Window = InCollection & { after: ObjectId | 0; upTo: ObjectId };
type Parameters = Window & Record<string, string | number>;
type Row = StoredObject & { readonly cut: Flag };

/**
 * Every card that meets the condition, once, in the order in which they were made and in pages, some of them empty:
 * between two of them the caller lets others work. A match is not certain when the index holds less than the card of a
 * property that the condition compares.
 */
export async function* cardsMatching(
  reader: Reader,
  ref: CollectionRef,
  condition: CardCondition,
): AsyncGenerator<readonly IndexMatch[], void, undefined> {
  const bounded = isBounded(condition);
  const { select, parameters } = compile(bounded ? simplify(condition) : { kind: 'any' });
  const leaves = bounded ? leavesOf(condition).length : 0;
  const beforeEnd = Math.min(cardsOfWindow, Math.ceil(comparisonsOfWindow / Math.max(leaves, 1))) - 1;
  let after: ObjectId | 0 = 0;
  while (after !== lastId) {
    const key: InCollection & { after: ObjectId | 0 } = { ...inCollection(ref), after };
    const upTo: ObjectId = (await reader.get(endOfWindow, { ...key, beforeEnd }))?.id ?? lastId;
    const rows = await reader.all(select, { ...parameters, ...key, upTo });
    yield rows.map(({ cut, ...object }) => ({ object, certain: bounded && cut === 0 }));
    after = upTo;
  }
}

const endOfWindow = statement<InCollection & { after: ObjectId | 0; beforeEnd: number }>()((db, $) =>
  db
    .selectFrom('object')
    .select('id')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '>', $.after as never)
    .orderBy('id')
    .limit(1)
    .offset($.beforeEnd),
);

type Leaf = Extract<CardCondition, { property: string }>;

/** Statements by the shape of their condition; clients have few shapes, so a small cache holds them all. */
const compiled = new Map<string, Statement<Parameters, Row>>();
const maxCompiled = 64;

function compile(condition: CardCondition): {
  select: Statement<Parameters, Row>;
  parameters: Record<string, string>;
} {
  const leaves = leavesOf(condition);
  const parameters: Record<string, string> = {};
  for (const [index, leaf] of leaves.entries())
    if (leaf.kind === 'text') parameters[`needle${index}`] = needleOf(leaf);
  const shape = shapeOf(condition);
  let select = compiled.get(shape);
  if (select === undefined) {
    const oldest = compiled.size >= maxCompiled ? compiled.keys().next() : undefined;
    if (oldest?.done === false) compiled.delete(oldest.value);
    select = selectMatching(condition, leaves);
    compiled.set(shape, select);
  }
  return { select, parameters };
}

/** What a column contains when one of its values matches. */
function needleOf({ matchType, foldedValue }: Extract<CardCondition, { kind: 'text' }>): string {
  // No value in a column has these, nor any column twice the mark.
  if (foldedValue.includes(edge) || foldedValue.includes(cutMark)) return cutMark + cutMark;
  const start = matchType === 'equals' || matchType === 'starts-with' ? edge : '';
  const end = matchType === 'equals' || matchType === 'ends-with' ? edge : '';
  return start + foldedValue + end;
}

function selectMatching(condition: CardCondition, leaves: readonly Leaf[]): Statement<Parameters, Row> {
  return statement<Parameters>()((db, $) =>
    db
      .selectFrom('object')
      .select([...objectColumns, cutColumn($, leaves).as('cut')])
      .where('account_id', '=', $.accountId)
      .where('collection_id', '=', $.collectionId)
      .where('id', '>', $.after as never)
      .where('id', '<=', $.upTo)
      .where(isMatch(condition, $))
      .orderBy('id'),
  );
}

/** A card without a row has no indexed property: where that meets the condition, those that do not are left out. */
function isMatch(condition: CardCondition, $: Placeholders<Parameters>): RawBuilder<SqlBool> {
  if (condition.kind === 'any') return sql`1 = 1`;
  const holds = toSql(condition, $, { next: 0 });
  const rows = sql`select object_id from card_text
    where account_id = ${$.accountId} and collection_id = ${$.collectionId}
      and object_id > ${$.after} and object_id <= ${$.upTo}`;
  return holdsForNothing(condition)
    ? sql`object.id not in (${rows} and not (${holds}))`
    : sql`object.id in (${rows} and ${holds})`;
}

function holdsForNothing(condition: CardCondition): boolean {
  switch (condition.kind) {
    case 'any':
    case 'not-defined':
      return true;
    case 'and':
      return condition.conditions.every(holdsForNothing);
    case 'or':
      return condition.conditions.some(holdsForNothing);
    default:
      return false;
  }
}

function toSql(
  condition: CardCondition,
  $: Placeholders<Parameters>,
  counter: { next: number },
): RawBuilder<SqlBool> {
  switch (condition.kind) {
    case 'any':
      return sql`1 = 1`;
    case 'and':
    case 'or': {
      const parts = condition.conditions.map((part) => toSql(part, $, counter));
      if (parts.length === 0) return condition.kind === 'and' ? sql`1 = 1` : sql`1 = 0`;
      return sql`(${sql.join(parts, condition.kind === 'and' ? sql` and ` : sql` or `)})`;
    }
    default:
      return leafToSql(condition, $, counter.next++);
  }
}

/** With functions that both engines have: LIKE ignores the case of ASCII in one of them and bounds its pattern. */
function leafToSql(leaf: Leaf, $: Placeholders<Parameters>, index: number): RawBuilder<SqlBool> {
  const column = sql.ref(cardColumns[leaf.property]);
  if (leaf.kind === 'defined') return sql`${column} <> ''`;
  if (leaf.kind === 'not-defined') return sql`${column} = ''`;
  return sql`(replace(${column}, ${$[`needle${index}`]}, '') <> ${column} or ${isCut(leaf.property)})`;
}

const isCut = (property: CardPropertyName): RawBuilder<SqlBool> =>
  sql`substr(${sql.ref(cardColumns[property])}, 1, 1) = ${cutMark}`;

/** Nothing is known of the property: its values are too long, or the card could not be read (`reindexing.ts`). */
const isUnknown = (property: CardPropertyName): RawBuilder<SqlBool> =>
  sql`${sql.ref(cardColumns[property])} = ${cutMark}`;

/** 1 for a card of which one of the properties asked for is not wholly in the index, so that it may be otherwise. */
function cutColumn($: Placeholders<Parameters>, leaves: readonly Leaf[]): RawBuilder<Flag> {
  const compared = new Set(leaves.flatMap((leaf) => (leaf.kind === 'text' ? [leaf.property] : [])));
  const defined = new Set(leaves.flatMap((leaf) => (leaf.kind === 'defined' ? [leaf.property] : [])));
  const doubts = [...[...compared].map(isCut), ...[...defined].map(isUnknown)];
  if (doubts.length === 0) return sql`0`;
  return sql`case when exists (select 1 from card_text
    where account_id = ${$.accountId} and collection_id = ${$.collectionId} and object_id = object.id
      and (${sql.join(doubts, sql` or `)})) then 1 else 0 end`;
}

/** Every text contains the empty one; the engines cannot be asked for it. */
function simplify(condition: CardCondition): CardCondition {
  if (condition.kind === 'and' || condition.kind === 'or')
    return { kind: condition.kind, conditions: condition.conditions.map(simplify) };
  return condition.kind === 'text' && condition.matchType === 'contains' && condition.foldedValue === ''
    ? { kind: 'defined', property: condition.property }
    : condition;
}

function leavesOf(condition: CardCondition): readonly Leaf[] {
  switch (condition.kind) {
    case 'any':
      return [];
    case 'and':
    case 'or':
      return condition.conditions.flatMap(leavesOf);
    default:
      return [condition];
  }
}

function isBounded(condition: CardCondition): boolean {
  return depthWithin(condition, maxDepth) && leavesOf(condition).length <= maxLeaves;
}

function depthWithin(condition: CardCondition, depth: number): boolean {
  if (condition.kind !== 'and' && condition.kind !== 'or') return true;
  return depth > 0 && condition.conditions.every((part) => depthWithin(part, depth - 1));
}

function shapeOf(condition: CardCondition): string {
  switch (condition.kind) {
    case 'any':
      return 'any';
    case 'and':
    case 'or':
      return `${condition.kind}(${condition.conditions.map(shapeOf).join()})`;
    default:
      return `${condition.kind} ${cardColumns[condition.property]}`;
  }
}
