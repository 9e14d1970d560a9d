/**
 * Forms: read by a zod schema, and where something is wrong shown again with what was typed, an error at the top that
 * links to each field, and the sentence at the field (docs/console.md).
 */
import type { Request } from 'express';
import type { z } from 'zod';
import { text } from './text.js';
import type { TextKey } from './text.js';

export interface Problem {
  /** The id of the field; null where the form as a whole is meant. */
  readonly field: string | null;
  readonly message: string;
}

/** What a view shows of a form: what was typed, but never a secret, and what is wrong. */
export interface FormState {
  readonly values: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, string>>;
  readonly summary: readonly Problem[];
}

export const noForm: FormState = { values: {}, errors: {}, summary: [] };

const bare = (): Record<string, string> => Object.create(null) as Record<string, string>;

/** A form that is shown for the first time, with these values in it. */
export function freshForm(values: Readonly<Record<string, string>>): FormState {
  return { ...noForm, values: Object.assign(bare(), values) };
}

/** The fields of a request's body as texts; whatever else it holds is left out. */
export function fields(request: Request): ReadonlyMap<string, string> {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null) return new Map();
  return new Map(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export type ReadForm<Data> =
  { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads the body by a schema whose messages are keys of texts. */
export function readForm<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): ReadForm<z.output<Schema>> {
  const result = schema.safeParse(Object.fromEntries(fields(request)));
  if (result.success) return { ok: true, data: result.data };
  const problems = new Map<string, Problem>();
  for (const issue of result.error.issues) {
    const field = String(issue.path[0] ?? '');
    if (!problems.has(field)) problems.set(field, problem(field, issue.message as TextKey));
  }
  return { ok: false, problems: [...problems.values()] };
}

/** One thing that is wrong with a field, by the key of its sentence. */
export function problem(field: string | null, key: TextKey): Problem {
  return { field: field === '' ? null : field, message: text(key) };
}

const secrets = /password|passkey|repeat|current|code|csrf/i;

/** The form as it is shown again after an error: what was typed stays, except secrets. */
export function brokenForm(request: Request, problems: readonly Problem[]): FormState {
  const values = bare();
  for (const [name, value] of fields(request)) if (!secrets.test(name)) values[name] = value;
  const errors = bare();
  for (const { field, message } of problems) if (field !== null) errors[field] ??= message;
  return { values, errors, summary: problems };
}
