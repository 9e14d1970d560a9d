/**
 * Made-up events like those of a busy person: twenty a week, so that a calendar of 10,000 goes back ten years; one in
 * ten recurs. On which days one occurs is known without reading it again, which is how answers are checked.
 */
import type { Random } from '../random.js';
import { pick, seededRandom, wholeNumber } from '../random.js';
import { basicDate, dayOf, dayOfMonth, monthsLater, weekdayName } from './days.js';
import { people, places, sentences, topics } from './words.js';
import { timezoneComponent, zones } from './zones.js';

export interface MadeObject {
  /** The last segment of its URL. */
  readonly name: string;
  readonly body: string;
}
export interface MadeEvent extends MadeObject {
  /** Whether an occurrence lies on one of the days, counted since 1970, the last one included. */
  readonly occursIn: (firstDay: number, lastDay: number) => boolean;
}

const EVENTS_A_WEEK = 20;
/** Only the latest recur without end, so that a week of a calendar holds as many events as the same week of a longer one. */
const LATEST = 1000;
/** A Monday; calendars end here and begin where their size leads them. */
const END = dayOf(2026, 6, 1);
/** The week that time-range queries ask for: in the past of every calendar, and far from both its ends. */
export const queriedWeek = { firstDay: END - 70, lastDay: END - 64 } as const;

/** Events begin and end between 08:00 and 16:00 local time, so that their day is the same in UTC. */
interface When {
  readonly day: number;
  readonly allDay: boolean;
  readonly hour: number;
  readonly minute: number;
  readonly zone: string;
}
interface Series {
  readonly rule: string;
  /** The days of its occurrences, up to `END` where it has no end. */
  readonly days: readonly number[];
}

/** Event number `index` of a calendar of `size` events. */
export function makeEvent(index: number, size: number): MadeEvent {
  const random = seededRandom(index * 7919 + 17);
  const firstWeek = END - 7 * Math.ceil(size / EVENTS_A_WEEK);
  const when: When = {
    day: firstWeek + 7 * Math.floor(index / EVENTS_A_WEEK) + wholeNumber(random, 7),
    allDay: random() < 0.15,
    hour: 8 + wholeNumber(random, 6),
    minute: 15 * wholeNumber(random, 4),
    zone: pick(random, zones),
  };
  const endless = size - index <= LATEST;
  const series = index % 10 === 0 ? makeSeries({ index, endless }, when, random) : undefined;
  const days = series?.days ?? [when.day];
  const skipped = series !== undefined && days.length > 4 && random() < 0.3 ? days[2] : undefined;
  const uid = `event-${index}-${Math.floor(random() * 2 ** 32).toString(16)}@bench.example`;
  return {
    name: `event-${index}.ics`,
    body: calendarObject({ uid, when, series, skipped, random }),
    occursIn: (firstDay, lastDay) => days.some((day) => day !== skipped && day >= firstDay && day <= lastDay),
  };
}

/** An event that no calendar has yet; `run` keeps apart what several workloads make. */
export function makeNewEvent(run: string, index: number): MadeObject {
  const { body } = makeEvent(index % 1000, 1000);
  const fresh = `new-${run}-${index}`;
  return { name: `${fresh}.ics`, body: body.replaceAll(/^UID:.*$/gm, `UID:${fresh}@bench.example`) };
}

interface Place {
  readonly index: number;
  readonly endless: boolean;
}

function makeSeries({ index, endless }: Place, { day }: When, random: Random): Series {
  if (index % 1000 === 0) {
    const rule = `FREQ=WEEKLY;BYDAY=${weekdayName(day)}`;
    return endless
      ? { rule, days: every(day, 7, Infinity) }
      : { rule: `${rule};COUNT=52`, days: every(day, 7, 52) };
  }
  switch ((index / 10) % 10) {
    case 1:
      return endless
        ? { rule: 'FREQ=YEARLY', days: yearly(day, Infinity) }
        : { rule: 'FREQ=YEARLY;COUNT=5', days: yearly(day, 5) };
    case 2:
      return dayOfMonth(day) > 28
        ? { rule: 'FREQ=DAILY;COUNT=3', days: every(day, 1, 3) }
        : { rule: 'FREQ=MONTHLY;COUNT=12', days: monthly(day, 12) };
    case 3:
    case 4: {
      const count = 2 + wholeNumber(random, 5);
      return { rule: `FREQ=DAILY;COUNT=${count}`, days: every(day, 1, count) };
    }
    case 5:
    case 6: {
      const weeks = 8 + wholeNumber(random, 30);
      const rule = `FREQ=WEEKLY;INTERVAL=2;BYDAY=${weekdayName(day)};COUNT=${weeks}`;
      return { rule, days: every(day, 14, weeks) };
    }
    default: {
      const weeks = 6 + wholeNumber(random, 40);
      return { rule: `FREQ=WEEKLY;COUNT=${weeks}`, days: every(day, 7, weeks) };
    }
  }
}

function every(first: number, step: number, count: number): number[] {
  const days: number[] = [];
  for (let day = first; days.length < count && day < END; day += step) days.push(day);
  return days;
}

const monthly = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, month) => monthsLater(first, month));

/** 29 February recurs in leap years only (RFC 5545 §3.3.10). */
function yearly(first: number, count: number): number[] {
  const days: number[] = [];
  for (let year = 0; ; year += 1) {
    const day = monthsLater(first, 12 * year);
    if (day >= END || days.length === count) return days;
    if (dayOfMonth(day) === dayOfMonth(first)) days.push(day);
  }
}

interface EventText {
  readonly uid: string;
  readonly when: When;
  readonly series: Series | undefined;
  readonly skipped: number | undefined;
  readonly random: Random;
}

function calendarObject(event: EventText): string {
  const { when, series, skipped, random, uid } = event;
  const zoned = !when.allDay && when.zone !== 'UTC';
  const recurrence = [
    ...(series === undefined ? [] : [`RRULE:${series.rule}`]),
    ...(skipped === undefined ? [] : [`EXDATE${atTime(when, skipped, when.hour)}`]),
  ];
  const main = component(uid, when, recurrence, random);
  const moved = series?.days[1];
  const override =
    moved === undefined || random() >= 0.3
      ? []
      : component(uid, { ...when, day: moved }, [`RECURRENCE-ID${atTime(when, moved, when.hour)}`], random);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Latchkey//Benchmark//EN',
    'CALSCALE:GREGORIAN',
    ...(zoned ? timezoneComponent(when.zone) : []),
    ...main,
    ...override,
    'END:VCALENDAR',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function component(uid: string, when: When, recurrence: readonly string[], random: Random): string[] {
  const created = `${basicDate(when.day - 10)}T081500Z`;
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTAMP:${created}`,
    `CREATED:${created}`,
    `LAST-MODIFIED:${created}`,
    'SEQUENCE:1',
    `DTSTART${atTime(when, when.day, when.hour)}`,
    when.allDay
      ? `DTEND;VALUE=DATE:${basicDate(when.day + 1)}`
      : `DTEND${atTime(when, when.day, when.hour + 1)}`,
    ...recurrence,
    `SUMMARY:${pick(random, topics)} with ${pick(random, people)}`,
    `LOCATION:${pick(random, places)}`,
    ...(random() < 0.4 ? [folded(`DESCRIPTION:${description(random)}`)] : []),
    ...(random() < 0.25 ? attendees(random) : []),
    'STATUS:CONFIRMED',
    'TRANSP:OPAQUE',
    ...(random() < 0.5 ? alarm : []),
    'END:VEVENT',
  ];
}

const alarm = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT15M', 'DESCRIPTION:Reminder', 'END:VALARM'];

/** The end of a property line, from its parameters on. */
function atTime({ allDay, zone, minute }: When, day: number, hour: number): string {
  if (allDay) return `;VALUE=DATE:${basicDate(day)}`;
  const time = `${basicDate(day)}T${String(hour).padStart(2, '0')}${String(minute).padStart(2, '0')}00`;
  return zone === 'UTC' ? `:${time}Z` : `;TZID=${zone}:${time}`;
}

function description(random: Random): string {
  return Array.from({ length: 1 + wholeNumber(random, 6) }, () => pick(random, sentences)).join('\\n');
}

function attendees(random: Random): string[] {
  const invited = Array.from({ length: 1 + wholeNumber(random, 4) }, () => pick(random, people));
  return [
    'ORGANIZER;CN=Alice Example:mailto:alice@bench.example',
    ...invited.map((person, number) =>
      folded(
        `ATTENDEE;CN=${person};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:guest${number}@bench.example`,
      ),
    ),
  ];
}

/** RFC 5545 §3.1: lines of at most 75 octets. The texts here are ASCII. */
export function folded(line: string): string {
  return line.replace(/(.{74})(?=.)/g, '$1\r\n ');
}
