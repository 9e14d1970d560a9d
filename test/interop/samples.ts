import { randomUUID } from 'node:crypto';

export type Kind = 'calendars' | 'contacts';

/** An object as a client would write it, and the name that people know it by. */
export interface Sample {
  readonly uid: string;
  readonly title: string;
  readonly text: string;
}

const DAY_START = 'DTSTART;TZID=Europe/Berlin:20300613T100000';

/** An event at 10:00 to 11:00 in Berlin on 13 June 2030, unless the lines say otherwise. */
export function event(
  title: string,
  {
    uid = randomUUID(),
    when = [DAY_START, 'DURATION:PT1H'],
  }: { uid?: string; when?: readonly string[] } = {},
): Sample {
  const lines = [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example.org//interop//EN'],
    ...(when.some((line) => line.includes('TZID=Europe/Berlin')) ? BERLIN : []),
    ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20300101T000000Z', ...when, `SUMMARY:${title}`, 'END:VEVENT'],
    'END:VCALENDAR',
  ];
  return { uid, title, text: `${lines.join('\r\n')}\r\n` };
}

/** A card of somebody with this given name and family name. */
export function card(given: string, family = 'Müller', uid: string = randomUUID()): Sample {
  const title = `${given} ${family}`;
  const lines = [
    ...['BEGIN:VCARD', 'VERSION:3.0', 'PRODID:-//example.org//interop//EN', `UID:${uid}`],
    ...[`FN:${title}`, `N:${family};${given};;;`, 'EMAIL;TYPE=WORK:someone@example.org'],
    'END:VCARD',
  ];
  return { uid, title, text: `${lines.join('\r\n')}\r\n` };
}

/** An event or a card, by what the collection holds. */
export function sample(kind: Kind, title: string, uid: string = randomUUID()): Sample {
  return kind === 'calendars' ? event(title, { uid }) : card(title, 'Müller', uid);
}

const BERLIN = [
  ...['BEGIN:VTIMEZONE', 'TZID:Europe/Berlin'],
  ...['BEGIN:DAYLIGHT', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'TZNAME:CEST', 'DTSTART:19700329T020000'],
  ...['RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3', 'END:DAYLIGHT'],
  ...['BEGIN:STANDARD', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'TZNAME:CET', 'DTSTART:19701025T030000'],
  ...['RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10', 'END:STANDARD'],
  'END:VTIMEZONE',
];
