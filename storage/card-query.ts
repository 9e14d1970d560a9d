/** Cards by their searchable properties (RFC 6352 §8.6): conditions over `card_property`, answered by its index. */
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { CollectionRef } from './collections.js';
import type { Reader } from './database.js';
import { ObjectId } from './ids.js';
import { inCollection, objectColumns, type InCollection, type StoredObject } from './objects.js';
import type { Flag } from './schema.js';
import { statement, type Placeholders, type Statement } from './statement.js';
import type { IndexMatch } from './time-range.js';

export type CardMatchType = 'equals' | 'contains' | 'starts-with' | 'ends-with';

/** A condition on the index rows of one card. */
export type CardCondition =
  /** Any card. */
  | { readonly kind: 'any' }
  /** There is a row of this name. */
  | { readonly kind: 'defined'; readonly property: string }
  /** There is none. */
  | { readonly kind: 'not-defined'; readonly property: string }
  /** There is a row of this name that is cut, or whose folded value matches. */
  | {
      readonly kind: 'text';
      readonly property: string;
      readonly matchType: CardMatchType;
      readonly foldedValue: string;
    }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly CardCondition[] };

/** A condition with more leaves, or deeper, is not worked out here: every card may match it. */
const maxLeaves = 64;
const maxDepth = 8;
/** Cards that one query looks at, so that the time between two pages is bounded. */
const cardsOfWindow = 1_000;
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
  let after: ObjectId | 0 = 0;
  while (after !== lastId) {
    const key: InCollection & { after: ObjectId | 0 } = { ...inCollection(ref), after };
    const upTo: ObjectId = (await reader.get(endOfWindow, key))?.id ?? lastId;
    const rows = await reader.all(select, { ...parameters, ...key, upTo });
    yield rows.map(({ cut, ...object }) => ({ object, certain: bounded && cut === 0 }));
    after = upTo;
  }
}

const endOfWindow = statement<InCollection & { after: ObjectId | 0 }>()((db, $) =>
  db
    .selectFrom('object')
    .select('id')
    .where('account_id', '=', $.accountId)
    .where('collection_id', '=', $.collectionId)
    .where('id', '>', $.after as never)
    .orderBy('id')
    .limit(1)
    .offset(cardsOfWindow - 1),
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
  for (const [index, leaf] of leaves.entries()) {
    parameters[`property${index}`] = leaf.property;
    if (leaf.kind === 'text') parameters[`value${index}`] = leaf.foldedValue;
  }
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

function selectMatching(condition: CardCondition, leaves: readonly Leaf[]): Statement<Parameters, Row> {
  return statement<Parameters>()((db, $) => {
    const counter = { next: 0 };
    return db
      .selectFrom('object')
      .select([...objectColumns, cutColumn($, leaves).as('cut')])
      .where('account_id', '=', $.accountId)
      .where('collection_id', '=', $.collectionId)
      .where('id', '>', $.after as never)
      .where('id', '<=', $.upTo)
      .where(toSql(condition, $, counter))
      .orderBy('id');
  });
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

function leafToSql(leaf: Leaf, $: Placeholders<Parameters>, index: number): RawBuilder<SqlBool> {
  const rows = sql`select object_id from card_property
    where account_id = ${$.accountId} and collection_id = ${$.collectionId} and name = ${$[`property${index}`]}
      and object_id > ${$.after} and object_id <= ${$.upTo}`;
  if (leaf.kind === 'defined') return sql`object.id in (${rows})`;
  if (leaf.kind === 'not-defined') return sql`object.id not in (${rows})`;
  const value = $[`value${index}`];
  return sql`object.id in (${rows} and (cut = 1 or ${matches(leaf.matchType, value)}))`;
}

/** With functions that both engines have: LIKE ignores the case of ASCII in one of them and bounds its pattern. */
function matches(matchType: CardMatchType, value: unknown): RawBuilder<SqlBool> {
  switch (matchType) {
    case 'equals':
      return sql`folded = ${value}`;
    case 'contains':
      return sql`replace(folded, ${value}, '') <> folded`;
    case 'starts-with':
      return sql`substr(folded, 1, length(${value})) = ${value}`;
    case 'ends-with':
      return sql`substr(folded, length(folded) - length(${value}) + 1) = ${value}`;
  }
}

/** 1 for a card of which one of the compared properties is not wholly in the index. */
function cutColumn($: Placeholders<Parameters>, leaves: readonly Leaf[]): RawBuilder<Flag> {
  const names = leaves.flatMap((leaf, index) => (leaf.kind === 'text' ? [$[`property${index}`]] : []));
  if (names.length === 0) return sql`0`;
  return sql`case when exists (select 1 from card_property
    where account_id = ${$.accountId} and collection_id = ${$.collectionId} and name in (${sql.join(names)})
      and object_id = object.id and cut = 1) then 1 else 0 end`;
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
  if (condition.kind === 'and' || condition.kind === 'or')
    return `${condition.kind}(${condition.conditions.map(shapeOf).join()})`;
  return condition.kind === 'text' ? condition.matchType : condition.kind;
}
