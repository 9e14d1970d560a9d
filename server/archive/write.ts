/** Writes files as a ZIP archive, one after another, as fast as whoever takes it reads. */
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ZipFile } from 'yazl';
import type { Entry } from './entries.js';

/** Resolves when all of it is written; rejects when the taker goes away or a file cannot be read. */
export async function writeArchive(entries: AsyncIterable<Entry>, taker: Writable): Promise<void> {
  // Loaded at the first archive: few are made.
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const gone = new AbortController();
  zip.on('error', (error: unknown) => gone.abort(error));
  const written = pipeline(zip.outputStream, taker, { signal: gone.signal });
  const fed = feed(zip, entries, gone.signal);
  fed.catch((error: unknown) => gone.abort(error));
  try {
    await written;
  } catch (error) {
    // What made the pipe end, where it was not the taker.
    throw gone.signal.aborted ? gone.signal.reason : error;
  } finally {
    gone.abort();
    await fed.catch(() => undefined);
  }
}

/** The next file is looked for when the one before is read to its end, so that none of them is held. */
async function feed(zip: ZipFile, entries: AsyncIterable<Entry>, gone: AbortSignal): Promise<void> {
  for await (const entry of entries) await add(zip, entry, gone);
  zip.end();
}

/** Resolves when the file is read to its end. */
function add(zip: ZipFile, { name, modifiedAt, isSmall, content }: Entry, gone: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const leave = (): void =>
      reject(gone.reason instanceof Error ? gone.reason : new Error('Nobody takes it'));
    if (gone.aborted) return leave();
    gone.addEventListener('abort', leave, { once: true });
    // The archive keeps what it is given until its directory is written at the end: let go of what is read.
    let unread: Entry['content'] | undefined = content;
    zip.addReadStreamLazy(name, { mtime: new Date(modifiedAt), compress: isSmall !== true }, (begin) => {
      const stream = Readable.from(unread?.() ?? [], { objectMode: false });
      unread = undefined;
      stream.once('end', () => {
        gone.removeEventListener('abort', leave);
        resolve();
      });
      stream.once('error', reject);
      begin(null, stream);
    });
  });
}
