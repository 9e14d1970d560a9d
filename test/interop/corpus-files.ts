import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { readExpectation, type FileExpectation } from './corpus-expectation.js';
import { wrapFragment } from './corpus-rule.js';

// From `dist/test/interop/`, where this file is compiled to: beside the repository.
const BESIDE_REPOSITORY = new URL('../../../../shared/corpus/', import.meta.url);

/** The folder with `icalendar/` and `vcard/` in it: LATCHKEY_CORPUS, or beside the repository; undefined without it. */
export function corpusFolder(): string | undefined {
  const folder = env['LATCHKEY_CORPUS'] ?? fileURLToPath(BESIDE_REPOSITORY);
  return existsSync(folder) ? folder : undefined;
}

/** A file of the corpus as it is PUT, and what was decided about it. */
export interface CorpusFile {
  readonly name: string;
  readonly body: Uint8Array;
  readonly expected: FileExpectation;
}

/** The files of one of the two folders that the expectations name; none where there is no corpus. */
export async function corpusFiles(kind: 'icalendar' | 'vcard'): Promise<CorpusFile[]> {
  const folder = corpusFolder();
  if (folder === undefined) return [];
  const { files } = await readExpectation();
  const named = [...files].filter(([name]) => name.startsWith(`${kind}/`));
  return Promise.all(
    named.map(async ([name, expected]) => {
      return { name, body: wrapFragment(await readFile(`${folder}/${name}`)), expected };
    }),
  );
}
