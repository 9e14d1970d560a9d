/**
 * Many calendar objects as one iCalendar stream (RFC 5545 §3.4), as other programs import it: each time zone once, and the
 * components line by line as they are.
 */
import { createHash } from 'node:crypto';
import { foldLine } from '../directory-text.js';
import { PRODUCT_ID } from './free-busy.js';
import { isKnownZone } from './zones/index.js';

/** A content line: as it stands, and unfolded. */
interface Line {
  readonly written: string;
  readonly text: string;
}

/** Writes one stream, object after object; holds no more than which time zones there were. */
export class MergedCalendar {
  /** By name: what each definition of it is called here. */
  private readonly zones = new Map<string, Map<string, string>>();

  /** What stands before the objects. RFC 7986 §5.1 has NAME; programs from before it read X-WR-CALNAME. */
  begin(name: string): string {
    const value = name.replaceAll(/[\\;,]/g, String.raw`\$&`).replaceAll(/\r?\n/g, String.raw`\n`);
    const lines = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      `PRODID:${PRODUCT_ID}`,
      `NAME:${value}`,
      `X-WR-CALNAME:${value}`,
    ];
    return lines.map((line) => `${foldLine(line, '\r\n')}\r\n`).join('');
  }

  /** The components of an object, and its time zones where they are not there yet. What is said of the object is left out. */
  add(object: string): string {
    const { zones, others } = componentsOf(linesOf(object));
    const renamed = new Map<string, string>();
    let written = '';
    for (const zone of zones) {
      const tzid = tzidOf(zone);
      if (tzid === undefined) continue;
      const { name, isNew } = this.nameOf(tzid, zone);
      if (name !== tzid) renamed.set(tzid, name);
      if (isNew) written += zone.map((line) => renamedLine(line, renamed).written).join('');
    }
    for (const component of others)
      written += component
        .map((line) => (renamed.size === 0 ? line : renamedLine(line, renamed)).written)
        .join('');
    return written;
  }

  end(): string {
    return 'END:VCALENDAR\r\n';
  }

  /**
   * Programs define the zones that everybody knows each in their own words, and mean the same. A name of their own may mean
   * one thing in one object and another in the next: the second gets another name.
   */
  private nameOf(tzid: string, zone: readonly Line[]): { readonly name: string; readonly isNew: boolean } {
    const known = this.zones.get(tzid) ?? new Map<string, string>();
    this.zones.set(tzid, known);
    const definition = isKnownZone(tzid)
      ? ''
      : createHash('sha256')
          .update(zone.map(({ text }) => text).join('\n'))
          .digest('base64url');
    const found = known.get(definition);
    if (found !== undefined) return { name: found, isNew: false };
    const name = known.size === 0 ? tzid : `${tzid} (${known.size + 1})`;
    known.set(definition, name);
    return { name, isNew: true };
  }
}

/** RFC 5545 §3.1; lines may end in LF alone. */
function linesOf(object: string): Line[] {
  const lines: Line[] = [];
  for (const physical of object.split(/\r*\n/)) {
    if (physical === '') continue;
    const before = /^[ \t]/.test(physical) ? lines.pop() : undefined;
    lines.push({
      written: `${before?.written ?? ''}${physical}\r\n`,
      text: before === undefined ? physical : before.text + physical.slice(1),
    });
  }
  return lines;
}

interface Components {
  readonly zones: readonly (readonly Line[])[];
  readonly others: readonly (readonly Line[])[];
}

/** What is directly inside VCALENDAR. */
function componentsOf(lines: readonly Line[]): Components {
  const zones: Line[][] = [];
  const others: Line[][] = [];
  let open: Line[] | undefined;
  let depth = 0;
  for (const line of lines) {
    const begins = /^BEGIN:/i.test(line.text);
    if (begins && depth === 1) {
      open = [];
      (/^BEGIN:VTIMEZONE\s*$/i.test(line.text) ? zones : others).push(open);
    }
    if (begins) depth += 1;
    open?.push(line);
    if (!/^END:/i.test(line.text)) continue;
    depth -= 1;
    if (depth <= 1) open = undefined;
  }
  return { zones, others };
}

const tzidOf = (zone: readonly Line[]): string | undefined =>
  zone.map(({ text }) => /^TZID(?:;[^:]*)?:(.*)$/i.exec(text)?.[1]).find((tzid) => tzid !== undefined);

/** A line in which zones are called by their new names, as property or as parameter. */
function renamedLine(line: Line, renamed: ReadonlyMap<string, string>): Line {
  const text = line.text
    .replace(/^(TZID(?:;[^:]*)?:)(.*)$/i, (whole, head: string, tzid: string) =>
      renamed.has(tzid) ? `${head}${renamed.get(tzid) ?? ''}` : whole,
    )
    .replace(/(;TZID=)("?)([^";:,]+)\2(?=[;:])/gi, (whole, head: string, quote: string, tzid: string) =>
      renamed.has(tzid) ? `${head}${quote}${renamed.get(tzid) ?? ''}${quote}` : whole,
    );
  return text === line.text ? line : { text, written: `${foldLine(text, '\r\n')}\r\n` };
}
