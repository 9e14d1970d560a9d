/** Storing what a source has: several objects at a time, so that they share commits, and never many bytes of them. */
import { createHash } from 'node:crypto';
import { ImportRefusal, UnreadableFileError } from '../../dav/index.js';
import type { Importer, ImportOutcome } from '../../dav/index.js';
import type { Collection } from '../../storage/index.js';
import type { CollectionSource, SourceObject } from './import-sources.js';

export type Tally = Record<ImportOutcome, number>;
export const emptyTally = (): Tally => ({ new: 0, replaced: 0, unchanged: 0 });

export interface Refused {
  /** The file, and the line in it. */
  readonly place: string;
  readonly sentence: string;
}

export interface ImportRunOptions {
  /** Bytes of one object. */
  readonly maxResourceSize: number;
  /** False ends it. What is refused for want of room ends it whatever is answered. */
  readonly goesOnAfter: (refused: Refused) => boolean;
  /** Bytes of the source that are done. */
  readonly onProgress: (bytes: number) => void;
}

const OBJECTS_AT_ONCE = 64;
const BYTES_AT_ONCE = 16 * 1024 ** 2;

/** Stores the objects of a source into a collection; answers whether it came to its end. */
export async function importInto(
  importer: Importer,
  collection: Collection,
  source: CollectionSource,
  tally: Tally,
  options: ImportRunOptions,
): Promise<boolean> {
  const run = new ImportRun(importer, collection, source, tally, options);
  for await (const object of source.objects()) {
    if ('sentence' in object) run.refuse(object);
    else await run.take(object);
    if (run.ended) break;
  }
  await run.settle();
  return !run.ended;
}

class ImportRun {
  ended = false;
  private readonly running = new Set<Promise<void>>();
  private bytes = 0;
  private failure: { readonly error: unknown } | undefined;
  /** Digests by UID: what comes twice in one source must not take the place of its first. */
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly importer: Importer,
    private readonly collection: Collection,
    private readonly source: CollectionSource,
    private readonly tally: Tally,
    private readonly options: ImportRunOptions,
  ) {}

  refuse(refused: Refused, isForRoom = false): void {
    if (!this.options.goesOnAfter(refused) || isForRoom) this.ended = true;
  }

  /** Resolves when there is room for the next. Failures that are no refusals come out of `settle`. */
  async take(object: SourceObject): Promise<void> {
    if (object.bytes > this.options.maxResourceSize) {
      const sentence = `It has ${object.bytes} bytes; an object may have at most ${this.options.maxResourceSize}.`;
      this.refuse({ place: object.place, sentence });
      return;
    }
    const body = await object.read();
    if (this.isSecond(object, body)) return;
    this.bytes += body.byteLength;
    const stored = this.store(object, body)
      .catch((error: unknown) => {
        this.failure ??= { error };
        this.ended = true;
      })
      .finally(() => {
        this.bytes -= body.byteLength;
        this.running.delete(stored);
      });
    this.running.add(stored);
    while (this.running.size >= OBJECTS_AT_ONCE || (this.bytes > BYTES_AT_ONCE && this.running.size > 0))
      await Promise.race(this.running);
  }

  async settle(): Promise<void> {
    await Promise.all(this.running);
    if (this.failure !== undefined) throw this.failure.error;
  }

  private isSecond({ uid, place }: SourceObject, body: Uint8Array): boolean {
    if (uid === undefined) return false;
    const digest = createHash('sha256').update(body).digest('base64');
    const first = this.seen.get(uid);
    if (first === undefined) this.seen.set(uid, digest);
    else if (first === digest) this.tally.unchanged += 1;
    else
      this.refuse({ place, sentence: 'Another object before it has the same UID and says something else.' });
    return first !== undefined;
  }

  private async store({ name, place, bytes }: SourceObject, body: Uint8Array): Promise<void> {
    const { names, described } = this.source;
    try {
      const outcome = await this.importer.store(this.collection, {
        ...(name === undefined ? {} : { name }),
        body,
        mayReplace: (other) => !names.has(other),
      });
      this.tally[outcome] += 1;
      const properties = name === undefined ? undefined : described?.propertiesOfObjects.get(name);
      if (name !== undefined && properties !== undefined)
        await this.importer.setProperties(this.collection, name, properties);
      this.options.onProgress(bytes);
    } catch (error) {
      if (error instanceof ImportRefusal) this.refuse({ place, sentence: error.message }, error.isForRoom);
      else if (error instanceof UnreadableFileError) this.refuse({ place, sentence: error.message });
      else throw error;
    }
  }
}
