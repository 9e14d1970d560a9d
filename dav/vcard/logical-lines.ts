// RFC 6350 §3.2: physical lines, folded, and the logical lines they make.

/** One content line of a text. */
export interface LogicalLine {
  /** Without folds and line breaks. */
  readonly line: string;
  /** Number of its first physical line, from 1, for messages. */
  readonly number: number;
  /** Where it stands in the text: its first character, its last line break, and what comes after that. */
  readonly start: number;
  readonly contentEnd: number;
  readonly end: number;
}

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/**
 * The logical lines of a text, in order. A line ends with CRLF; LF alone and CRs too many are taken as well, since files
 * pass through tools that change line breaks, and nothing else in a card could mean them. Linear in the text's length.
 */
export function* logicalLines(text: string): Generator<LogicalLine, void, undefined> {
  let number = 1;
  let start = 0;
  while (start < text.length) {
    let end = afterLineBreak(text, start);
    let contentEnd = beforeLineBreak(text, start, end);
    let line = text.slice(start, contentEnd);
    let physicalLines = 1;
    if (line !== '' && continues(text, end)) {
      const pieces = [line];
      while (continues(text, end)) {
        const from = end + 1;
        end = afterLineBreak(text, from);
        contentEnd = beforeLineBreak(text, from, end);
        pieces.push(text.slice(from, contentEnd));
        physicalLines += 1;
      }
      line = pieces.join('');
    }
    yield { line, number, start, contentEnd, end };
    number += physicalLines;
    start = end;
  }
}

/** The offset in the text of the character that has `offset` in the unfolded line. */
export function offsetInText(text: string, { start, end }: LogicalLine, offset: number): number {
  let at = start;
  let left = offset;
  while (at < end) {
    const next = afterLineBreak(text, at);
    const length = beforeLineBreak(text, at, next) - at;
    if (left < length) return at + left;
    left -= length;
    at = next + 1;
  }
  return end;
}

function afterLineBreak(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at + 1;
}

function beforeLineBreak(text: string, start: number, next: number): number {
  let end = next;
  if (end > start && text.charCodeAt(end - 1) === lineFeed) end -= 1;
  while (end > start && text.charCodeAt(end - 1) === carriageReturn) end -= 1;
  return end;
}

function continues(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === space || code === tab;
}
