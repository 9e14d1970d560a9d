/**
 * Which objects an iCalendar stream has (RFC 5545 §3.4), and where in it each of them is: components with one UID are one
 * calendar object resource (RFC 4791 §4.1), wherever they stand. Holds places, not what is there.
 */
import { PRODUCT_ID } from '../icalendar/index.js';
import { boundaryOf, UnreadableFileError, valueOf } from './lines.js';
import type { FileLine } from './lines.js';

/** Offsets in the file. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The pieces of an object, in order: text, and stretches of the file. */
export interface OutlinedObject {
  /** Of its first line, counted from 1. */
  readonly line: number;
  readonly uid: string | undefined;
  /** It is all that the file has. */
  readonly isWhole: boolean;
  readonly pieces: readonly (string | Stretch)[];
}

interface Found {
  readonly line: number;
  readonly uid: string | undefined;
  readonly calendar: CalendarPart;
  readonly parts: Stretch[];
  readonly zones: Set<string>;
}

/** One VCALENDAR of the stream. */
interface CalendarPart {
  product: Stretch | undefined;
  scale: Stretch | undefined;
  method: boolean;
  readonly zones: Map<string, Stretch>;
}

interface Component {
  readonly name: string;
  readonly start: number;
  readonly line: number;
  uid: string | undefined;
  tzid: string | undefined;
  readonly zones: Set<string>;
}

export class CalendarOutline {
  readonly #objects = new Map<string, Found>();
  #calendars = 0;
  #calendar: CalendarPart | undefined;
  #component: Component | undefined;
  /** Names of what is open inside the component. */
  readonly #inside: string[] = [];
  #lineEnd = '\r\n';
  #end = 0;

  /** @throws UnreadableFileError for what is no iCalendar stream */
  add(line: FileLine, lineEnd: string): void {
    this.#lineEnd = lineEnd;
    this.#end = line.end;
    const boundary = boundaryOf(line.text);
    if (boundary !== undefined)
      return boundary.begins ? this.#begins(boundary.name, line) : this.#ends(boundary.name, line);
    if (this.#component !== undefined) this.#propertyOf(this.#component, line);
    else if (this.#calendar !== undefined) propertyOfCalendar(this.#calendar, line);
    else if (line.text.trim() !== '') throw this.#unreadable(line);
  }

  /** All of them, in the order in which they begin. @throws UnreadableFileError where the end is missing */
  objects(): OutlinedObject[] {
    if (this.#calendar !== undefined) throw new UnreadableFileError('The file ends inside a calendar.');
    if (this.#calendars === 0) throw new UnreadableFileError('This is no iCalendar file.');
    const all = [...this.#objects.values()];
    const [only] = all;
    // An object as a client would send it is stored as it is.
    if (all.length === 1 && only !== undefined && this.#calendars === 1 && !only.calendar.method)
      return [{ line: only.line, uid: only.uid, isWhole: true, pieces: [{ start: 0, end: this.#end }] }];
    return all.map((found) => this.#piecesOf(found));
  }

  #begins(name: string, line: FileLine): void {
    if (this.#component !== undefined) {
      this.#inside.push(name);
    } else if (this.#calendar !== undefined) {
      const { start, number } = line;
      this.#component = { name, start, line: number, uid: undefined, tzid: undefined, zones: new Set() };
    } else if (name === 'VCALENDAR') {
      this.#calendars += 1;
      this.#calendar = { product: undefined, scale: undefined, method: false, zones: new Map() };
    } else throw this.#unreadable(line);
  }

  #ends(name: string, line: FileLine): void {
    const component = this.#component;
    const open = this.#inside.at(-1) ?? component?.name ?? (this.#calendar && 'VCALENDAR');
    if (open !== name) throw this.#unreadable(line);
    if (this.#inside.pop() !== undefined) return;
    if (component === undefined) this.#calendar = undefined;
    else this.#keep(component, line.end);
  }

  #keep(component: Component, end: number): void {
    this.#component = undefined;
    const calendar = this.#calendar;
    if (calendar === undefined) return;
    const stretch = { start: component.start, end };
    if (component.name === 'VTIMEZONE') {
      if (component.tzid !== undefined) calendar.zones.set(component.tzid, stretch);
      return;
    }
    const key = component.uid ?? `line ${component.line}`;
    const found = this.#objects.get(key) ?? {
      line: component.line,
      uid: component.uid,
      calendar,
      parts: [],
      zones: new Set<string>(),
    };
    found.parts.push(stretch);
    for (const zone of component.zones) found.zones.add(zone);
    this.#objects.set(key, found);
  }

  #propertyOf(component: Component, { text }: FileLine): void {
    if (this.#inside.length === 0) {
      component.uid ??= valueOf(text, 'UID');
      if (component.name === 'VTIMEZONE') component.tzid ??= valueOf(text, 'TZID');
    }
    const zone = /^[^:"]*;TZID=(?:"([^"]*)"|([^;:",]*))/i.exec(text);
    const tzid = zone?.[1] ?? zone?.[2];
    if (tzid !== undefined) component.zones.add(tzid);
  }

  #piecesOf({ line, uid, calendar, parts, zones }: Found): OutlinedObject {
    const end = this.#lineEnd;
    const definitions = [...zones]
      .map((tzid) => calendar.zones.get(tzid))
      .filter((zone) => zone !== undefined);
    const pieces = [
      `BEGIN:VCALENDAR${end}VERSION:2.0${end}`,
      calendar.product ?? `PRODID:${PRODUCT_ID}${end}`,
      ...(calendar.scale === undefined ? [] : [calendar.scale]),
      ...definitions,
      ...parts,
      `END:VCALENDAR${end}`,
    ];
    return { line, uid, isWhole: false, pieces };
  }

  #unreadable({ number, text }: FileLine): UnreadableFileError {
    return new UnreadableFileError(
      `Line ${number} (${JSON.stringify(text.slice(0, 60))}) does not belong where it is in an iCalendar file.`,
    );
  }
}

function propertyOfCalendar(calendar: CalendarPart, { text, start, end }: FileLine): void {
  if (valueOf(text, 'PRODID') !== undefined) calendar.product ??= { start, end };
  else if (valueOf(text, 'CALSCALE') !== undefined) calendar.scale ??= { start, end };
  else if (valueOf(text, 'METHOD') !== undefined) calendar.method = true;
}
