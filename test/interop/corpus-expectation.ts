import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const PRECONDITION = /^(?:DAV|CALDAV|CARDDAV):[a-z-]+$/;

const fileExpectation = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  put: z.enum(['as-is', 'wrapped']),
  status: z.literal([201, 403, 409, 413, 415]),
  precondition: z.string().regex(PRECONDITION).optional(),
  why: z.string().min(1),
});

const corpusExpectation = z.strictObject({
  rule: z.string().min(1),
  files: z.record(z.string().regex(/^(?:icalendar|vcard)\/[^/]+$/), fileExpectation),
});

/** What a PUT of one file must answer, decided by reading the file. */
export type FileExpectation = z.infer<typeof fileExpectation>;

/** The wrapping rule in words, and what is expected of each file, by `folder/name`. */
export interface CorpusExpectation {
  readonly rule: string;
  readonly files: ReadonlyMap<string, FileExpectation>;
}

// From `dist/test/interop/`, where this file is compiled to.
const EXPECTATION_FILE = new URL('../../../fixtures/corpus-expected.json', import.meta.url);

/** Reads and checks `fixtures/corpus-expected.json`; throws a ZodError if it has another shape. */
export async function readExpectation(): Promise<CorpusExpectation> {
  const { rule, files } = corpusExpectation.parse(JSON.parse(await readFile(EXPECTATION_FILE, 'utf8')));
  return { rule, files: new Map(Object.entries(files)) };
}
