/** The event of a birthday or an anniversary (RFC 5545 §3.6.1), as a calendar object. */
import type { Celebration } from '../vcard/index.js';
import { escapeText } from '../directory-text.js';
import { contentLine } from '../icalendar/write-line.js';

/** Goes up when the event of the same day is written in another way, so that stored ones are made anew. */
export const EVENT_VERSION = 1;

export interface CelebrationEvent {
  readonly uid: string;
  /** Who is celebrated. */
  readonly name: string;
  readonly day: Celebration;
}

/** A leap year for dates without a year: 29 February needs one. After 1970, since some clients know nothing before. */
const SOME_YEAR = 1972;
const MAX_NAME = 500;

const signs = { birthday: '\u{1f382}', anniversary: '\u{1f48d}' } as const;
const categories = { birthday: 'BIRTHDAY', anniversary: 'ANNIVERSARY' } as const;

/** The text of the object. `now` in epoch milliseconds, for DTSTAMP. */
export function writeCelebration({ uid, name, day }: CelebrationEvent, now: number): string {
  const { year, kind } = day;
  const first = new Date(0);
  first.setUTCFullYear(year ?? SOME_YEAR, day.month - 1, day.day);
  const summary = `${signs[kind]} ${name.slice(0, MAX_NAME).replace(/[\ud800-\udbff]$/, '')}${year === undefined ? '' : ` (${year})`}`;
  return [
    line('BEGIN', 'VCALENDAR'),
    line('VERSION', '2.0'),
    line('PRODID', '-//Latchkey//Birthdays//EN'),
    line('CALSCALE', 'GREGORIAN'),
    line('BEGIN', 'VEVENT'),
    line('UID', uid),
    line('DTSTAMP', `${basic(new Date(now).toISOString().slice(0, 19))}Z`),
    line('DTSTART;VALUE=DATE', dateOf(first)),
    line('DTEND;VALUE=DATE', dateOf(new Date(first.getTime() + 86_400_000))),
    line('RRULE', ruleOf(day)),
    line('SUMMARY', escapeText(summary)),
    line('CATEGORIES', categories[kind]),
    line('CLASS', 'PRIVATE'),
    line('TRANSP', 'TRANSPARENT'),
    line('END', 'VEVENT'),
    line('END', 'VCALENDAR'),
  ].join('');
}

const line = (name: string, value: string): string => contentLine(name, [], value, '\r\n');

/** Who is born on 29 February has the last day of February in other years. */
function ruleOf({ month, day }: Celebration): string {
  return month === 2 && day === 29 ? 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1' : 'FREQ=YEARLY';
}

const basic = (date: string): string => date.replaceAll('-', '').replaceAll(':', '');
/** Years of four digits: `toISOString` writes them so from 0 to 9999. */
const dateOf = (date: Date): string => basic(date.toISOString().slice(0, 10));
