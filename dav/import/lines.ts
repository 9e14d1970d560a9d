/** The lines of a file of many objects (RFC 5545 §3.1, RFC 6350 §3.2), as it is read: where each is, and what it says. */

/** A content line with its continuations. */
export interface FileLine {
  /** Offsets in the file, the line's end included. */
  readonly start: number;
  readonly end: number;
  /** Counted from 1. */
  readonly number: number;
  /** Unfolded; the beginning of one that is long, since nothing that matters here is. */
  readonly text: string;
}

/** The file is none of those that are read here. The message is a sentence. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
/** Octets of a line that are looked at. */
const LOOKED_AT = 4096;
const byteOrderMark = '\ufeff';

/** Fed with the pieces of a file, answers the lines that are complete by then; holds no more than one. */
export class FileLines {
  #rest: Buffer = Buffer.alloc(0);
  /** Of what comes next. */
  #offset = 0;
  #number = 0;
  /** A line that may go on. */
  #open: { start: number; number: number; text: Buffer } | undefined;

  #lineEnd = '\r\n';

  constructor(private readonly maxLine: number) {}

  /** As the first line has it. */
  get lineEnd(): string {
    return this.#lineEnd;
  }

  /** @throws UnreadableFileError for a line that is longer than any object may be */
  push(piece: Uint8Array): FileLine[] {
    const bytes = this.#rest.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#rest, piece]);
    const lines: FileLine[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LF, from); end !== -1; end = bytes.indexOf(LF, from)) {
      this.#take(bytes.subarray(from, end + 1), lines);
      from = end + 1;
    }
    this.#rest = Buffer.from(bytes.subarray(from));
    if (this.#rest.length > this.maxLine)
      throw new UnreadableFileError(`Line ${this.#number + 1} is longer than an object may be.`);
    return lines;
  }

  /** The last ones, at the end of the file. */
  end(): FileLine[] {
    const lines: FileLine[] = [];
    if (this.#rest.length > 0) this.#take(this.#rest, lines);
    this.#close(lines);
    return lines;
  }

  #take(line: Buffer, lines: FileLine[]): void {
    this.#number += 1;
    const text = withoutEnd(line);
    if (this.#number === 1 && line.length === text.length + 1) this.#lineEnd = '\n';
    const goesOn = text[0] === SPACE || text[0] === TAB;
    if (goesOn && this.#open !== undefined) {
      if (this.#open.text.length < LOOKED_AT)
        this.#open.text = Buffer.concat([this.#open.text, text.subarray(1, LOOKED_AT)]);
    } else {
      this.#close(lines);
      this.#open = {
        start: this.#offset,
        number: this.#number,
        text: Buffer.from(text.subarray(0, LOOKED_AT)),
      };
    }
    this.#offset += line.length;
  }

  #close(lines: FileLine[]): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const text = open.text.toString('utf8');
    lines.push({
      start: open.start,
      end: this.#offset,
      number: open.number,
      text: text.startsWith(byteOrderMark) ? text.slice(1) : text,
    });
  }
}

function withoutEnd(line: Buffer): Buffer {
  let end = line.length;
  while (end > 0 && (line[end - 1] === LF || line[end - 1] === 0x0d)) end -= 1;
  return line.subarray(0, end);
}

/** `BEGIN:NAME` or `END:NAME`, in any case. */
export function boundaryOf(text: string): { readonly begins: boolean; readonly name: string } | undefined {
  const match = /^(BEGIN|END):([A-Za-z0-9-]+)\s*$/i.exec(text);
  if (match === null) return undefined;
  return { begins: match[1]?.toUpperCase() === 'BEGIN', name: (match[2] ?? '').toUpperCase() };
}

/** The value of a line of that property, trimmed and without its parameters; undefined for another line. */
export function valueOf(text: string, property: string): string | undefined {
  const match = /^([A-Za-z0-9-]+)(?:;(?:"[^"]*"|[^":])*)?:(.*)$/s.exec(text);
  return match?.[1]?.toUpperCase() === property ? match[2]?.trim() : undefined;
}
