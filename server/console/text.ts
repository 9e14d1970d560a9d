/**
 * What the console says: every string comes from a locale file. A value in braces is filled in; a string with plural
 * forms chooses by `count`.
 */
import { readFileSync } from 'node:fs';
import type english from './locales/en.json';
import { consoleFile } from './files.js';

export type TextKey = keyof typeof english;
export type TextValues = Readonly<Record<string, string | number>>;
type Entry = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

const entries = new Map(
  Object.entries(
    JSON.parse(readFileSync(consoleFile('locales', 'en.json'), 'utf8')) as Record<string, Entry>,
  ),
);

export interface Language {
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
}

export const language: Language = { tag: 'en', direction: 'ltr' };

const pluralRules = new Intl.PluralRules(language.tag);
const numbers = new Intl.NumberFormat(language.tag);
const relative = new Intl.RelativeTimeFormat(language.tag, { numeric: 'auto' });

/** The string of `key` with its values filled in; plain text, escaped only where it is written into HTML. */
export function text(key: TextKey, values: TextValues = {}): string {
  const entry = entries.get(key);
  if (entry === undefined) throw new Error(`No text "${key}"`);
  const pattern = typeof entry === 'string' ? entry : pluralForm(entry, Number(values['count']));
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value;
  });
}

/**
 * What devices have named, as it can stand within a sentence: without control characters, and without those that turn the
 * direction of all that follows (UAX #9 §2), so that a name does not pass for another or for words of ours.
 */
export const named = (words: string): string =>
  words.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');

function pluralForm(entry: Exclude<Entry, string>, count: number): string {
  // English has no form of its own for none; where a file gives one, it is a word of ours.
  const none = count === 0 ? entry.zero : undefined;
  return none ?? entry[pluralRules.select(count)] ?? entry.other ?? '';
}

const lists = new Intl.ListFormat(language.tag, { type: 'conjunction' });
/** Of more names than these only the number is told. */
const namesOfList = 8;

/** Names in a sentence: "Phone, Tablet, and 3 others". */
export function list(names: readonly string[]): string {
  const rest = names.length - namesOfList;
  if (rest <= 1) return lists.format(names);
  return lists.format([...names.slice(0, namesOfList), text('list.others', { count: rest })]);
}

const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, milliseconds: number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

const byteSteps = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** A size in words: "3.4 MB", by powers of 1,024. */
export function bytes(count: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), byteSteps.length - 1);
  const unit = byteSteps[power] ?? 'byte';
  return new Intl.NumberFormat(language.tag, {
    style: 'unit',
    unit,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: 1,
  }).format(count / 1024 ** power);
}

/** "3 minutes ago", "in 2 days"; both instants in epoch milliseconds. Under a minute it is "just now". */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  for (const [unit, size] of steps) {
    if (Math.abs(distance) >= size) return relative.format(Math.trunc(distance / size), unit);
  }
  return text(distance > 0 ? 'time.soon' : 'time.now');
}

/** The exact time in words, in `timeZone` (an IANA name; UTC where the account has set none). */
export function exactTime(at: number, timeZone: string | null): string {
  return formatter({ dateStyle: 'long', timeStyle: 'long' }, timeZone).format(at);
}

/** The day in words, in `timeZone`. */
export function day(at: number, timeZone: string | null): string {
  return formatter({ dateStyle: 'long' }, timeZone).format(at);
}

function formatter(options: Intl.DateTimeFormatOptions, timeZone: string | null): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(language.tag, { ...options, timeZone: timeZone ?? 'UTC' });
  } catch {
    // A zone that this ICU does not know must not take the page away.
    return new Intl.DateTimeFormat(language.tag, { ...options, timeZone: 'UTC' });
  }
}
