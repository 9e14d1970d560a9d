/** One calendar object as long as the server takes: a series of which each instance is overridden by a component of its own. */
import { basicDate, dayOf } from './days.js';
import { folded } from './events.js';
import type { MadeObject } from './events.js';
import { sentences } from './words.js';

const FIRST_DAY = dayOf(2010, 1, 1);
/** Below the number of instances that a calendar takes (max-instances). */
const MOST_OVERRIDES = 9_000;

/** As long as `bytes` at most, and hardly shorter; `run` and `index` keep apart what is made. */
export function makeLargeEvent(run: string, index: number, bytes: number): MadeObject {
  const uid = `large-${run}-${index}@bench.example`;
  const head = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Latchkey//Benchmark//EN',
    ...event(uid, FIRST_DAY, [`RRULE:FREQ=DAILY;COUNT=${MOST_OVERRIDES}`], ''),
  ].join('\r\n');
  const tail = '\r\nEND:VCALENDAR\r\n';
  const room = Math.floor((bytes - head.length - tail.length) / MOST_OVERRIDES);
  const note = noteOf(room - override(uid, 0, '').length);
  const overrides = Array.from({ length: MOST_OVERRIDES }, (_, day) => override(uid, day, note));
  return { name: `large-${run}-${index}.ics`, body: head + overrides.join('') + tail };
}

const override = (uid: string, day: number, note: string): string =>
  `\r\n${event(uid, FIRST_DAY + day, [`RECURRENCE-ID:${basicDate(FIRST_DAY + day)}T090000Z`], note).join('\r\n')}`;

function event(uid: string, day: number, recurrence: readonly string[], note: string): string[] {
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    `DTSTART:${basicDate(day)}T090000Z`,
    `DTEND:${basicDate(day)}T093000Z`,
    ...recurrence,
    'SUMMARY:Daily meeting',
    ...(note === '' ? [] : [note]),
    'END:VEVENT',
  ];
}

/** A DESCRIPTION, folded, of about so many bytes. */
function noteOf(bytes: number): string {
  let text = '';
  for (let next = 0; text.length < bytes; next += 1) text += `${sentences[next % sentences.length] ?? ''}\\n`;
  let kept = bytes;
  // Folding adds three bytes a line.
  while (folded(`DESCRIPTION:${text.slice(0, kept)}`).length + 2 > bytes) kept -= 1;
  return folded(`DESCRIPTION:${text.slice(0, kept).replace(/\\$/, '')}`);
}
