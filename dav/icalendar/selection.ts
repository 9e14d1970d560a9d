import type { Component, Property } from './content-lines.js';

/** RFC 4791 §9.6.1: which parts of a component are wanted. Names in upper case. */
export interface CompSelection {
  readonly name: string;
  readonly allProperties: boolean;
  /** CALDAV:prop (§9.6.4): true for those whose value is not wanted. */
  readonly properties: ReadonlyMap<string, boolean>;
  readonly allComponents: boolean;
  /** By name. */
  readonly components: ReadonlyMap<string, CompSelection>;
}

/** What stands in place of a part of the text; a function where that differs from instance to instance. */
export type Piece<Context> = string | ((context: Context) => string);

/** `text` in place of what stands between two offsets. */
export interface Edit<Context> {
  readonly start: number;
  readonly end: number;
  readonly text: Piece<Context>;
}

/** What becomes of a part that is wanted; undefined for as it stands. */
export interface Rewriting<Context> {
  property(property: Property, owner: Component, withoutValue: boolean): Piece<Context> | undefined;
  component(component: Component): Piece<Context> | undefined;
}

/** The edits that leave of a component what the selection names (null: all of it), rewritten. In order. */
export function selectionEdits<Context>(
  component: Component,
  selection: CompSelection | null,
  rewriting: Rewriting<Context>,
): Edit<Context>[] {
  const edits: Edit<Context>[] = [];
  collect(component, selection, rewriting, edits);
  return inOrder(edits);
}

/** What stands between the lines comes first. */
export function inOrder<Context>(edits: readonly Edit<Context>[]): Edit<Context>[] {
  return [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
}

function collect<Context>(
  component: Component,
  selection: CompSelection | null,
  rewriting: Rewriting<Context>,
  edits: Edit<Context>[],
): void {
  for (const property of component.properties) {
    const withoutValue = selection?.properties.get(property.name);
    const isWanted = selectsProperty(selection, property.name);
    const text = isWanted ? rewriting.property(property, component, withoutValue === true) : '';
    if (text !== undefined) edits.push({ start: property.start, end: property.end, text });
  }
  for (const child of component.components) {
    const wanted = selectionOf(selection, child.name);
    const text = wanted === undefined ? '' : rewriting.component(child);
    if (text !== undefined) edits.push({ start: child.start, end: child.end, text });
    else if (wanted !== undefined) collect(child, wanted, rewriting, edits);
  }
}

export function selectsProperty(selection: CompSelection | null, name: string): boolean {
  return selection === null || selection.allProperties || selection.properties.has(name);
}

/** What is wanted of the components of that name; undefined for nothing. */
export function selectionOf(selection: CompSelection | null, name: string): CompSelection | null | undefined {
  if (selection === null) return null;
  return selection.components.get(name) ?? (selection.allComponents ? null : undefined);
}

/** The text from `start` to `end` with the edits (in order) made: pieces to be joined. */
export function piecesOf<Context>(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  edits: readonly Edit<Context>[],
): Piece<Context>[] {
  const pieces: Piece<Context>[] = [];
  let at = start;
  for (const edit of edits) {
    if (edit.start > at) pieces.push(text.slice(at, edit.start));
    pieces.push(edit.text);
    at = edit.end;
  }
  pieces.push(text.slice(at, end));
  return pieces;
}

export function join<Context>(pieces: readonly Piece<Context>[], context: Context): string {
  let joined = '';
  for (const piece of pieces) joined += typeof piece === 'string' ? piece : piece(context);
  return joined;
}

/** RFC 4791 §9.6.4, novalue: name, parameters and colon as they stand, folds too, and the line end. */
export function lineWithoutValue(text: string, { start, end, value }: Property): string {
  let contentEnd = end;
  if (text.charCodeAt(contentEnd - 1) === lineFeed) contentEnd = beforeReturns(text, contentEnd - 1);
  let at = beforeFold(text, contentEnd);
  for (let left = value.length; left > 0; left -= 1) at = beforeFold(text, at - 1);
  return text.slice(start, at) + text.slice(contentEnd, end);
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Where the fold that ends at an offset begins; the offset itself where none does. A space after a line feed is one. */
function beforeFold(text: string, offset: number): number {
  let at = offset;
  while (text.charCodeAt(at - 2) === lineFeed) at = beforeReturns(text, at - 2);
  return at;
}

function beforeReturns(text: string, offset: number): number {
  let at = offset;
  while (text.charCodeAt(at - 1) === carriageReturn) at -= 1;
  return at;
}
