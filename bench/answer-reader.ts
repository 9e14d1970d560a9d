/** Reads HTTP/1.1 answers off a connection: as little work as will do, since it shares the machine with the server. */

/** An answer with its body put together. */
export interface Answer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n';

interface Head {
  readonly status: number;
  readonly text: string;
  /** Bytes of the body; undefined where it comes in chunks. */
  readonly length: number | undefined;
}

/** One answer at a time: nothing may follow it before the next request. */
export class AnswerReader {
  #head: Head | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #body: Buffer[] = [];

  /**
   * Takes what has arrived; answers with the answer once it is complete.
   * @throws Error for what is not an HTTP answer with a length or chunks
   */
  take(bytes: Buffer): Answer | undefined {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#head ??= this.#takeHead();
    const head = this.#head;
    if (head === undefined) return undefined;
    const complete = head.length === undefined ? this.#takeChunks() : this.#takeLength(head.length);
    if (!complete) return undefined;
    const body = this.#body.length === 1 ? this.#body[0] : undefined;
    const answer = { status: head.status, head: head.text, body: body ?? Buffer.concat(this.#body) };
    this.#head = undefined;
    this.#body = [];
    return answer;
  }

  #joined(): Buffer {
    const [only, ...more] = this.#pending;
    return only !== undefined && more.length === 0 ? only : Buffer.concat(this.#pending);
  }

  #keep(rest: Buffer): void {
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#pendingBytes = rest.length;
  }

  #takeHead(): Head | undefined {
    const bytes = this.#joined();
    const end = bytes.indexOf(HEAD_END);
    if (end === -1) {
      this.#keep(bytes);
      return undefined;
    }
    const text = bytes.toString('latin1', 0, end);
    this.#keep(bytes.subarray(end + HEAD_END.length));
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]);
    if (Number.isNaN(status)) throw new Error(`not an HTTP answer: ${text.slice(0, 80)}`);
    return { status, text, length: lengthOf(status, text) };
  }

  #takeLength(length: number): boolean {
    if (this.#pendingBytes < length) return false;
    this.#body = [this.#joined()];
    this.#keep(Buffer.alloc(0));
    return true;
  }

  #takeChunks(): boolean {
    const bytes = this.#joined();
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(LINE_END, at);
      if (lineEnd === -1) break;
      const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
      if (Number.isNaN(size)) throw new Error('a chunk has no size');
      const start = lineEnd + LINE_END.length;
      const next = start + size + LINE_END.length;
      if (next > bytes.length) break;
      if (size === 0) {
        this.#keep(bytes.subarray(next));
        return true;
      }
      this.#body.push(bytes.subarray(start, start + size));
      at = next;
    }
    this.#keep(bytes.subarray(at));
    return false;
  }
}

function lengthOf(status: number, head: string): number | undefined {
  if (status === 204 || status === 304) return 0;
  if (/^transfer-encoding: *chunked/im.test(head)) return undefined;
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error('an answer has neither length nor chunks');
  return Number(length);
}
