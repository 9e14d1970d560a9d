// The days of a card that come again each year: BDAY (RFC 6350 §6.2.5) and ANNIVERSARY (§6.2.6), in the ways of both versions.
import { parseCard, type Card } from './card.js';
import type { CardLine } from './card-line.js';
import { dateOf } from './conversion/dates.js';
import { someLines } from './some-lines.js';
import { splitEscaped, unescapeText } from './text.js';

export interface Celebration {
  readonly kind: 'birthday' | 'anniversary';
  /** Undefined where it is not known. */
  readonly year: number | undefined;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** Who is celebrated, and when. */
export interface Celebrations {
  readonly name: string;
  /** At most one of each kind. */
  readonly days: readonly Celebration[];
}

const none: Celebrations = { name: '', days: [] };
const wanted =
  /^(?:[\w-]+\.)?(?:BDAY|(?:X-[\w-]*)?ANNIVERSARY|X-ABDATE|X-ABLABEL|FN|N|NICKNAME|ORG|EMAIL)[;:]/i;
const dated = /^(?:[\w-]+\.)?(?:BDAY|(?:X-[\w-]*)?ANNIVERSARY|X-ABDATE)[;:]/im;

/** The days that a stored card tells of; none where it cannot be read. Only the lines that matter are read. */
export function celebrationsOf(stored: Uint8Array): Celebrations {
  const lines = someLines(stored, wanted);
  if (!dated.test(lines)) return none;
  try {
    const text = `BEGIN:VCARD\r\nVERSION:3.0\r\n${lines}\r\nFN:\r\nEND:VCARD\r\n`;
    return celebrationsOfCard(parseCard(Buffer.from(text)));
  } catch {
    return none;
  }
}

/** What programs write where 3.0 has no ANNIVERSARY. */
const anniversaryNames: readonly string[] = [
  'ANNIVERSARY',
  'X-ANNIVERSARY',
  'X-EVOLUTION-ANNIVERSARY',
  'X-KADDRESSBOOK-X-ANNIVERSARY',
  'X-MS-ANNIVERSARY',
];

function celebrationsOfCard({ properties }: Card): Celebrations {
  const birthday = firstDay('birthday', properties, ['BDAY']);
  const anniversary =
    firstDay('anniversary', properties, anniversaryNames) ?? labelledAnniversary(properties);
  return {
    name: nameOf(properties),
    days: [birthday, anniversary].filter((day) => day !== undefined),
  };
}

function firstDay(
  kind: Celebration['kind'],
  lines: readonly CardLine[],
  names: readonly string[],
): Celebration | undefined {
  for (const name of names)
    for (const line of lines) {
      const day = line.name === name ? dayOf(kind, line) : undefined;
      if (day !== undefined) return day;
    }
  return undefined;
}

/** Apple and Google: a date in a group whose label says what it is. */
function labelledAnniversary(lines: readonly CardLine[]): Celebration | undefined {
  const label = lines.find(
    ({ group, name, raw }) =>
      group !== undefined && name === 'X-ABLABEL' && unescapeText(raw) === '_$!<Anniversary>!$_',
  );
  const date = lines.find(
    ({ group, name }) => name === 'X-ABDATE' && group?.toLowerCase() === label?.group?.toLowerCase(),
  );
  return label === undefined || date === undefined ? undefined : dayOf('anniversary', date);
}

/** Apple writes 1604 for no year, and some of its exports without the parameter that says so. */
const noYears: ReadonlySet<string | undefined> = new Set([undefined, '0000', '1604']);
const daysOfMonth: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function dayOf(kind: Celebration['kind'], line: CardLine): Celebration | undefined {
  const date = dateOf(line)?.date;
  if (date?.month === undefined || date.day === undefined) return undefined;
  const [month, day] = [Number(date.month), Number(date.day)];
  const year = noYears.has(date.year) ? undefined : Number(date.year);
  if (day > (daysOfMonth[month - 1] ?? 0)) return undefined;
  if (month === 2 && day === 29 && year !== undefined && !isLeap(year)) return undefined;
  return { kind, year, month, day };
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** As the card shows itself, or what else there is of a name. */
function nameOf(lines: readonly CardLine[]): string {
  for (const name of ['FN', 'NICKNAME', 'ORG', 'EMAIL']) {
    const raw = lines.find((line) => line.name === name && line.raw.trim() !== '')?.raw;
    if (raw !== undefined) return unescapeText(raw).trim();
    const structured = name === 'FN' ? lines.find((line) => line.name === 'N')?.raw : undefined;
    const [family = '', given = ''] = structured === undefined ? [] : splitEscaped(structured, ';', 2);
    const joined = `${given} ${family}`.trim();
    if (joined !== '') return joined;
  }
  return '';
}
