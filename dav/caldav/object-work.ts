/** What reports, GET and re-indexing want to know of one calendar object: in the process or in a thread, the same functions. */
import type { ObjectIndex } from '../../storage/index.js';
import {
  busyTimeOf,
  CalendarDataError,
  calendarTextOf,
  defaultCalendarLimits,
  ExpansionError,
  matchesCompFilter,
  parseCalendarObject,
  projectCalendarData,
  withTimezones,
} from '../icalendar/index.js';
import type {
  BusyTimeOfObject,
  BusyTimeOfObjectOptions,
  CalendarPrecondition,
  CalendarProjection,
  CompFilter,
  TimezonesWanted,
} from '../icalendar/index.js';
import { calendarIndex } from './indexing.js';
import { calendarMediaTypes, iCalendar } from './media-types.js';

/** Plain data, so that it can be sent to a thread. Zones are IANA names, of floating times and dates. */
export type ObjectTask = { readonly data: Uint8Array } & (
  | WritingTask
  | { readonly kind: 'match'; readonly filter: CompFilter; readonly zone: string }
  | { readonly kind: 'busy'; readonly zone: string; readonly options: BusyTimeOfObjectOptions }
  | { readonly kind: 'index'; readonly zone: string | null; readonly now: number }
);

/** The object, or the part of it that is wanted, in a notation. */
export interface WritingTask {
  readonly kind: 'write';
  readonly projection: CalendarProjection | undefined;
  readonly timezones: TimezonesWanted | undefined;
  readonly mediaType: string;
  readonly zone: string;
  readonly maxInstances: number;
}

export type ObjectAnswer =
  | { readonly kind: 'written'; readonly data: Uint8Array }
  | { readonly kind: 'matched'; readonly matches: boolean }
  | { readonly kind: 'busy'; readonly busy: BusyTimeOfObject }
  | { readonly kind: 'indexed'; readonly index: ObjectIndex };

/** An answer, or why there is none. */
export type ObjectOutcome =
  | ObjectAnswer
  | { readonly kind: 'unreadable'; readonly precondition: CalendarPrecondition; readonly sentence: string }
  | { readonly kind: 'unexpandable'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Of one expanded object; one instance may always be as long as it is. */
const MAX_EXPANDED_CHARACTERS = 4 * 1024 * 1024;

/** @throws CalendarDataError for an object that cannot be read or written so; ExpansionError */
export function workOn(task: ObjectTask): ObjectAnswer {
  const { data } = task;
  switch (task.kind) {
    case 'write':
      return { kind: 'written', data: Buffer.from(written(data, task)) };
    case 'match': {
      const object = parseCalendarObject(data, defaultCalendarLimits);
      return { kind: 'matched', matches: matchesCompFilter(object, task.filter, { zone: task.zone }) };
    }
    case 'busy': {
      const object = parseCalendarObject(data, defaultCalendarLimits);
      return { kind: 'busy', busy: busyTimeOf(object, task.zone, task.options) };
    }
    case 'index': {
      const object = parseCalendarObject(data, defaultCalendarLimits);
      return { kind: 'indexed', index: calendarIndex(object, task.zone, task.now) };
    }
  }
}

function written(data: Uint8Array, task: WritingTask): string {
  const { projection, timezones, zone, maxInstances } = task;
  const media = calendarMediaTypes.find(({ mediaType }) => mediaType === task.mediaType) ?? iCalendar;
  const limits = defaultCalendarLimits;
  const options = { zone, limits, maxInstances, maxCharacters: MAX_EXPANDED_CHARACTERS };
  const part =
    projection === undefined ? calendarTextOf(data) : projectCalendarData(data, projection, options);
  return media.write(timezones === undefined ? part : withTimezones(part, timezones, limits));
}

/** As `workOn`; never throws. */
export function outcomeOf(task: ObjectTask): ObjectOutcome {
  try {
    return workOn(task);
  } catch (error) {
    if (error instanceof CalendarDataError)
      return { kind: 'unreadable', precondition: error.precondition, sentence: error.message };
    if (error instanceof ExpansionError) return { kind: 'unexpandable', sentence: error.message };
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', reason };
  }
}
