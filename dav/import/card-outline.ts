/** Which cards a file of many has (RFC 6350 §3.2), and where each is. */
import type { OutlinedObject } from './calendar-outline.js';
import { boundaryOf, UnreadableFileError, valueOf } from './lines.js';
import type { FileLine } from './lines.js';

export class CardOutline {
  #open: { readonly start: number; readonly line: number; uid: string | undefined } | undefined;
  /** Cards inside the card, as version 2.1 has them. */
  #depth = 0;
  #cards = 0;

  /** Answers the card that ends with this line. @throws UnreadableFileError */
  add(line: FileLine): OutlinedObject | undefined {
    const { text, start, end, number } = line;
    const boundary = boundaryOf(text);
    if (boundary?.name !== 'VCARD') {
      if (this.#open !== undefined && this.#depth === 1) this.#open.uid ??= valueOf(text, 'UID');
      if (this.#open === undefined && text.trim() !== '') throw unreadable(line);
      return undefined;
    }
    if (boundary.begins) {
      this.#depth += 1;
      this.#open ??= { start, line: number, uid: undefined };
      return undefined;
    }
    const open = this.#open;
    if (open === undefined) throw unreadable(line);
    this.#depth -= 1;
    if (this.#depth > 0) return undefined;
    this.#open = undefined;
    this.#cards += 1;
    return {
      line: open.line,
      uid: open.uid,
      isWhole: false,
      pieces: [{ start: open.start, end }],
    };
  }

  /** @throws UnreadableFileError where the end is missing, or where there was no card */
  end(): void {
    if (this.#open !== undefined) throw new UnreadableFileError('The file ends inside a card.');
    if (this.#cards === 0) throw new UnreadableFileError('This is no vCard file.');
  }
}

const unreadable = ({ number, text }: FileLine): UnreadableFileError =>
  new UnreadableFileError(
    `Line ${number} (${JSON.stringify(text.slice(0, 60))}) does not belong where it is in a vCard file.`,
  );
