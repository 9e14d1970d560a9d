import {
  defaultCalendarLimits,
  parseCalendarObject,
  type CalendarObject,
} from '../../../dav/icalendar/index.js';

const encoder = new TextEncoder();

export function parse(text: string): CalendarObject {
  return parseCalendarObject(encoder.encode(text), defaultCalendarLimits);
}

/** A calendar around component lines; UID and DTSTAMP are added to the outermost component. */
export function calendar(...lines: string[]): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Latchkey//Tests//EN',
    ...lines,
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

export function component(name: string, ...lines: string[]): string[] {
  return [`BEGIN:${name}`, 'UID:1@tests.example', 'DTSTAMP:20260101T000000Z', ...lines, `END:${name}`];
}

export function event(...lines: string[]): CalendarObject {
  return parse(calendar(...component('VEVENT', ...lines)));
}

/** Epoch seconds of an ISO time; a bare date is its midnight in UTC. */
export function seconds(iso: string): number {
  return Date.parse(iso) / 1000;
}

export function iso(instant: number): string {
  return new Date(instant * 1000).toISOString().replace('.000Z', 'Z');
}
