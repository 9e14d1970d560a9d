// Dates and times in cards: RFC 6350 §4.3 (basic format, parts may be missing), RFC 2426 §3.1.5 (extended format, all parts),
// RFC 7095 §3.5.3 to §3.5.7 (extended format, parts may be missing).

/** A date of which parts may be unknown. */
export interface PartialDate {
  readonly year: string | undefined;
  readonly month: string | undefined;
  readonly day: string | undefined;
}

/** A date, a time, or both. */
export interface DateAndOrTime {
  readonly date: PartialDate | undefined;
  readonly time: PartialTime | undefined;
}

export interface PartialTime {
  readonly hour: string | undefined;
  readonly minute: string | undefined;
  readonly second: string | undefined;
  /** `Z`, or a sign with hours and perhaps minutes, without a colon; empty for none. */
  readonly zone: string;
}

const wholeDate = /^(\d{4})-?(\d{2})-?(\d{2})$/;
const yearAndMonth = /^(\d{4})-(\d{2})$/;
const yearAlone = /^\d{4}$/;
const monthAndDay = /^--(\d{2})-?(\d{2})$/;
const monthAlone = /^--(\d{2})$/;
const dayAlone = /^---(\d{2})$/;
// A fraction of a second is in RFC 2426 but not in RFC 6350: it is dropped.
const timeOfDay = /^(?:(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?|-(\d{2})(?::?(\d{2}))?|--(\d{2}))/;
const zoneOfTime = /^(?:z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** Reads a date, `T` and a time, or both, in basic or extended format; undefined for anything else. */
export function readDateAndOrTime(value: string): DateAndOrTime | undefined {
  const text = value.trim();
  if (text.length > 40) return undefined;
  const mark = text.search(/t/i);
  const date = mark === 0 ? undefined : readDate(mark === -1 ? text : text.slice(0, mark));
  if (mark !== 0 && date === undefined) return undefined;
  if (mark === -1) return { date, time: undefined };
  const time = readTime(text.slice(mark + 1));
  return time === undefined ? undefined : { date, time };
}

function readDate(text: string): PartialDate | undefined {
  const whole = wholeDate.exec(text);
  if (whole !== null) return bounded({ year: whole[1], month: whole[2], day: whole[3] });
  const toMonth = yearAndMonth.exec(text);
  if (toMonth !== null) return bounded({ year: toMonth[1], month: toMonth[2], day: undefined });
  if (yearAlone.test(text)) return { year: text, month: undefined, day: undefined };
  const inYear = monthAndDay.exec(text);
  if (inYear !== null) return bounded({ year: undefined, month: inYear[1], day: inYear[2] });
  const month = monthAlone.exec(text)?.[1];
  if (month !== undefined) return bounded({ year: undefined, month, day: undefined });
  const day = dayAlone.exec(text)?.[1];
  return day === undefined ? undefined : bounded({ year: undefined, month: undefined, day });
}

function bounded(date: PartialDate): PartialDate | undefined {
  const isIn = (part: string | undefined, most: number): boolean =>
    part === undefined || (Number(part) >= 1 && Number(part) <= most);
  return isIn(date.month, 12) && isIn(date.day, 31) ? date : undefined;
}

/** Reads a time of day, without `T` before it. */
export function readTime(text: string): PartialTime | undefined {
  const match = timeOfDay.exec(text);
  if (match === null) return undefined;
  const [whole, hour, minute, second, minuteAlone, secondAfter, secondAlone] = match;
  const zone = text.slice(whole.length);
  if (!zoneOfTime.test(zone)) return undefined;
  return {
    hour,
    minute: minute ?? minuteAlone,
    second: second ?? secondAfter ?? secondAlone,
    zone: zone.replace(':', '').toUpperCase(),
  };
}

/** In the basic format of RFC 6350; a date of year and month alone has no basic form (§4.3.1). */
export function basicFormat({ date, time }: DateAndOrTime): string {
  const written = date === undefined ? '' : writeDate(date, '');
  return time === undefined ? written : `${written}T${writeTime(time, '')}`;
}

/** In the extended format of ISO 8601. */
export function extendedFormat({ date, time }: DateAndOrTime): string {
  const written = date === undefined ? '' : writeDate(date, '-');
  return time === undefined ? written : `${written}T${writeTime(time, ':')}`;
}

function writeDate({ year, month, day }: PartialDate, separator: '' | '-'): string {
  if (year === undefined) {
    if (month === undefined) return `---${day ?? ''}`;
    return day === undefined ? `--${month}` : `--${month}${separator}${day}`;
  }
  if (month === undefined) return year;
  return day === undefined ? `${year}-${month}` : [year, month, day].join(separator);
}

/** A time of day without `T`. */
export function writeTime({ hour, minute, second, zone }: PartialTime, separator: '' | ':'): string {
  const rest = [minute, second].filter((part) => part !== undefined);
  const written =
    hour === undefined
      ? `-${minute === undefined ? '-' : ''}${rest.join(separator)}`
      : [hour, ...rest].join(separator);
  return written + writeZone(zone, separator);
}

function writeZone(zone: string, separator: '' | ':'): string {
  return zone.length === 5 ? `${zone.slice(0, 3)}${separator}${zone.slice(3)}` : zone;
}

/** An offset from UTC: RFC 6350 §4.7 without a colon, RFC 2426 §3.4.1 and RFC 7095 §3.5.11 with one. */
export function readOffset(value: string): string | undefined {
  const match = /^([+-]\d{2})(?::?(\d{2}))?$/.exec(value.trim());
  return match === null ? undefined : `${match[1] ?? ''}${match[2] ?? ''}`;
}

export const extendedOffset = (offset: string): string => writeZone(offset, ':');
