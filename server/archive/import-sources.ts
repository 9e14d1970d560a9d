/**
 * What there is to import: a folder that `latchkey export` wrote, a folder of .ics and .vcf files, or one such file with
 * many objects. Objects are read one at a time, so that memory does not grow with the files.
 */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CalendarOutline, CardOutline, FileLines, UnreadableFileError } from '../../dav/index.js';
import type { OutlinedObject } from '../../dav/index.js';
import type { CollectionKind } from '../../storage/index.js';
import { readCollectionFile } from './collection-file.js';
import type { CollectionFile } from './collection-file.js';
import { descriptionEnding, kinds } from './entries.js';

/** One object of a source. */
export interface SourceObject {
  /** For people: the file, and the line where it is one of many. */
  readonly place: string;
  readonly name?: string;
  readonly uid?: string;
  readonly bytes: number;
  readonly read: () => Promise<Uint8Array>;
}

/** What cannot be read as objects at all. */
export interface UnreadableSource {
  readonly place: string;
  readonly sentence: string;
}

/** The objects for one collection. */
export interface CollectionSource {
  readonly kind: CollectionKind;
  /** For people. */
  readonly place: string;
  /** What an export says of it; undefined for other files. */
  readonly described: CollectionFile | undefined;
  /** Names that objects of the source have. */
  readonly names: ReadonlySet<string>;
  readonly bytes: number;
  readonly objects: () => AsyncGenerator<SourceObject | UnreadableSource>;
}

const collectionKinds = ['calendar', 'addressbook'] as const;

/** The collections of an export; undefined for a folder that is none. */
export async function exportedCollections(
  folder: string,
): Promise<readonly (CollectionSource | UnreadableSource)[] | undefined> {
  const sources: (CollectionSource | UnreadableSource)[] = [];
  let isExport = false;
  for (const kind of collectionKinds) {
    const place = kinds[kind].folder;
    for (const file of await filesOf(join(folder, place), descriptionEnding)) {
      isExport = true;
      const described = readCollectionFile(await readFile(join(folder, place, file), 'utf8'));
      const path = `${place}/${file.slice(0, -descriptionEnding.length)}`;
      if (described?.kind === kind) sources.push(await exportedCollection(folder, path, described));
      else
        sources.push({
          place: `${path}${descriptionEnding}`,
          sentence: 'It does not describe a collection in a way that is understood here.',
        });
    }
  }
  return isExport ? sources : undefined;
}

async function exportedCollection(
  folder: string,
  path: string,
  described: CollectionFile,
): Promise<CollectionSource> {
  const { kind, complete, names } = described;
  if (!complete) return ofFiles(kind, folder, [`${path}${kinds[kind].extension}`], { described });
  const files = await filesOf(join(folder, path), '');
  const nameOf = (file: string): string => names.get(file) ?? file;
  return {
    kind,
    place: path,
    described,
    names: new Set(files.map(nameOf)),
    bytes: await sizeOfAll(files.map((file) => join(folder, path, file))),
    async *objects() {
      for (const file of files) {
        const whole = join(folder, path, file);
        const { size: bytes } = await stat(whole);
        // An object that was deleted while it was exported.
        if (bytes === 0) continue;
        yield { place: `${path}/${file}`, name: nameOf(file), bytes, read: () => readFile(whole) };
      }
    },
  };
}

/** The files of that kind in a folder. */
export async function looseFiles(folder: string, kind: CollectionKind): Promise<CollectionSource> {
  return ofFiles(kind, folder, await filesOf(folder, kinds[kind].extension), { named: true });
}

/** One file, by what it begins with. @throws UnreadableFileError for neither of them */
export async function singleFile(folder: string, file: string): Promise<CollectionSource> {
  const handle = await open(join(folder, file), 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
    const begin = /^\ufeff?\s*BEGIN:(VCALENDAR|VCARD)/i.exec(buffer.toString('utf8', 0, bytesRead))?.[1];
    if (begin === undefined)
      throw new UnreadableFileError(`${file} begins neither as iCalendar nor as vCard.`);
    return await ofFiles(begin.toUpperCase() === 'VCARD' ? 'addressbook' : 'calendar', folder, [file]);
  } finally {
    await handle.close();
  }
}
const LOOKED_AT = 1024;

async function ofFiles(
  kind: CollectionKind,
  folder: string,
  files: readonly string[],
  { named = false, described }: { readonly named?: boolean; readonly described?: CollectionFile } = {},
): Promise<CollectionSource> {
  return {
    kind,
    place: files.length === 1 ? (files[0] ?? '') : basename(folder),
    described,
    names: new Set(),
    bytes: await sizeOfAll(files.map((file) => join(folder, file))),
    async *objects() {
      for (const file of files) yield* objectsOfFile(kind, folder, file, named);
    },
  };
}

/** `named`: a file with one object gives it its name. */
async function* objectsOfFile(
  kind: CollectionKind,
  folder: string,
  file: string,
  named: boolean,
): AsyncGenerator<SourceObject | UnreadableSource> {
  const handle = await open(join(folder, file), 'r');
  try {
    const outlined = kind === 'calendar' ? outlineOfCalendar(handle) : outlineOfCards(handle);
    for await (const object of outlined) {
      yield {
        place: object.isWhole ? file : `${file}, line ${object.line}`,
        ...(named && object.isWhole ? { name: file } : {}),
        ...(object.uid === undefined ? {} : { uid: object.uid }),
        bytes: lengthOf(object),
        read: () => readPieces(handle, object),
      };
    }
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    yield { place: file, sentence: error.message };
  } finally {
    await handle.close();
  }
}

async function* outlineOfCalendar(handle: FileHandle): AsyncGenerator<OutlinedObject> {
  const outline = new CalendarOutline();
  const lines = new FileLines(LONGEST_LINE);
  for await (const piece of piecesOf(handle))
    for (const line of lines.push(piece)) outline.add(line, lines.lineEnd);
  for (const line of lines.end()) outline.add(line, lines.lineEnd);
  yield* outline.objects();
}

/** The first card is held back until it is known whether it is the only one. */
async function* outlineOfCards(handle: FileHandle): AsyncGenerator<OutlinedObject> {
  let first: OutlinedObject | undefined;
  let count = 0;
  for await (const card of cardsOf(handle)) {
    count += 1;
    if (count === 1) first = card;
    else if (count === 2 && first !== undefined) yield first;
    if (count > 1) yield card;
  }
  if (count === 1 && first !== undefined) yield { ...first, isWhole: true };
}

async function* cardsOf(handle: FileHandle): AsyncGenerator<OutlinedObject> {
  const outline = new CardOutline();
  const lines = new FileLines(LONGEST_LINE);
  for await (const piece of piecesOf(handle))
    for (const line of lines.push(piece)) {
      const card = outline.add(line);
      if (card !== undefined) yield card;
    }
  for (const line of lines.end()) {
    const card = outline.add(line);
    if (card !== undefined) yield card;
  }
  outline.end();
}
/** More than any object may have, whatever is configured, would be held in memory. */
const LONGEST_LINE = 64 * 1024 ** 2;
const PIECE = 64 * 1024;

async function* piecesOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(PIECE), 0, PIECE, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function lengthOf({ pieces }: OutlinedObject): number {
  return pieces.reduce(
    (sum, piece) => sum + (typeof piece === 'string' ? Buffer.byteLength(piece) : piece.end - piece.start),
    0,
  );
}

async function readPieces(handle: FileHandle, { pieces }: OutlinedObject): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') read.push(Buffer.from(piece));
    else {
      const length = piece.end - piece.start;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, piece.start);
      if (bytesRead !== length) throw new UnreadableFileError('The file has changed while it was read.');
      read.push(buffer);
    }
  }
  return Buffer.concat(read);
}

/** Plain files alone: a link may lead anywhere. */
async function filesOf(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith(ending))
    .map(({ name }) => name)
    .sort();
}

async function sizeOfAll(files: readonly string[]): Promise<number> {
  let sum = 0;
  for (const file of files) sum += (await stat(file)).size;
  return sum;
}
