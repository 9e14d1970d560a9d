/**
 * Written XML in which long texts still are the bytes that are stored. They are escaped a piece at a time when their turn
 * to be sent has come: an object of megabytes, escaped whole, would hold the event loop and stand in memory several times.
 */
import { StringDecoder } from 'node:string_decoder';
import { utf8 } from '../bytes.js';
import { escapeText } from './write.js';

/** Bytes of a text that are escaped at once; also the most that a text may have to be written whole. */
const PIECE = 64 * 1024;

export class LongText {
  /** UTF-8, unescaped. */
  constructor(private readonly bytes: Uint8Array) {}

  /** The text as it stands between tags, in pieces; a byte order mark is left out, as in `utf8`. */
  *pieces(): Generator<string> {
    const decoder = new StringDecoder('utf8');
    for (let start = 0; start < this.bytes.byteLength; start += PIECE) {
      const piece = decoder.write(this.bytes.subarray(start, start + PIECE));
      yield escapeText(start === 0 && piece.startsWith('\ufeff') ? piece.slice(1) : piece);
    }
    yield escapeText(decoder.end());
  }
}

export type Written = string | readonly (string | LongText)[];

/** Stored bytes as the content of an element. */
export const storedText = (bytes: Uint8Array): string | LongText =>
  bytes.byteLength > PIECE ? new LongText(bytes) : escapeText(utf8(bytes));

/** One behind the other. */
export function joined(first: Written, second: Written): Written {
  if (typeof first === 'string' && typeof second === 'string') return first + second;
  return [...partsOf(first), ...partsOf(second)];
}

/** Written content between two strings. */
export function around(head: string, content: string, tail: string): string;
export function around(head: string, content: Written, tail: string): Written;
export function around(head: string, content: Written, tail: string): Written {
  return typeof content === 'string' ? head + content + tail : [head, ...content, tail];
}

const partsOf = (written: Written): readonly (string | LongText)[] =>
  typeof written === 'string' ? [written] : written;
