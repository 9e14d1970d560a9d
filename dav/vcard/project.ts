// RFC 6352 §10.4.2: part of a card, as CARDDAV:prop elements in an address-data element ask for it.
import { readContentLine, ContentLineError } from './content-line.js';
import { logicalLines, offsetInText, type LogicalLine } from './logical-lines.js';

/** One CARDDAV:prop; group and name as `parsePropertyName` gives them. */
export interface SelectedProperty {
  readonly group: string | undefined;
  readonly name: string;
  /** Return name and parameters only, up to the colon. */
  readonly noValue: boolean;
}

/**
 * The lines of a stored card that the selection names, byte for byte as they stand in it, folds included. BEGIN, END and
 * VERSION always stay: without them no client could read the rest, and §10.4 lets the client leave them out of its list.
 */
export function selectAddressData(cardText: string, selection: readonly SelectedProperty[]): string {
  let selected = '';
  for (const logicalLine of logicalLines(cardText)) selected += selectLine(cardText, logicalLine, selection);
  return selected;
}

const alwaysKept = /^(?:BEGIN|END|VERSION)$/;

function selectLine(text: string, logicalLine: LogicalLine, selection: readonly SelectedProperty[]): string {
  const content = contentLine(logicalLine.line);
  if (content === undefined) return '';
  const whole = text.slice(logicalLine.start, logicalLine.end);
  if (alwaysKept.test(content.name)) return whole;
  const asked = selectsProperty(content, selection);
  if (asked === 'nothing') return '';
  if (asked === 'whole') return whole;
  const colon = offsetInText(text, logicalLine, content.valueOffset - 1);
  return text.slice(logicalLine.start, colon + 1) + text.slice(logicalLine.contentEnd, logicalLine.end);
}

/** What a selection wants of a property. */
export function selectsProperty(
  { group, name }: { readonly group: string | undefined; readonly name: string },
  selection: readonly SelectedProperty[],
): 'nothing' | 'name' | 'whole' {
  const asked = selection.filter(
    (property) =>
      property.name === name &&
      (property.group === undefined || property.group.toLowerCase() === group?.toLowerCase()),
  );
  if (asked.length === 0) return 'nothing';
  // Asked for with and without its value, it comes with it: the client can leave out what it has.
  return asked.some((property) => !property.noValue) ? 'whole' : 'name';
}

/** Blank lines, which readers accept, are nobody's property. */
function contentLine(line: string): ReturnType<typeof readContentLine> | undefined {
  try {
    // A byte order mark stands before BEGIN, in a line that is kept as it is.
    return readContentLine(line.replace(/^\ufeff/, ''), Infinity);
  } catch (error) {
    if (error instanceof ContentLineError) return undefined;
    throw error;
  }
}
