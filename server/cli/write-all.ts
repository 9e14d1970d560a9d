import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OutputError } from '../failures.js';

/**
 * Writes the pieces one after another, each when the one before has been taken, and leaves the stream open. A reader that
 * wants no more, as `head` does, ends it without a complaint.
 * @throws OutputError when the system takes no more, as on a full disk
 */
export async function writeAll(pieces: AsyncIterable<string>, to: Writable): Promise<void> {
  try {
    await pipeline(Readable.from(pieces), to, { end: false });
  } catch (error) {
    // What the system says of a write; whatever else went wrong came from reading.
    if (!(error instanceof Error && 'syscall' in error && error.syscall === 'write')) throw error;
    const code = 'code' in error ? String(error.code) : 'unknown error';
    if (code !== 'EPIPE')
      throw new OutputError(`The answer could not be written (${code}).`, { cause: error });
  }
}
