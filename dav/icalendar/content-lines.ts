import { invalidData, quoted } from './errors.js';
import type { CalendarLimits } from './limits.js';

/** RFC 5545 §3.2: a property parameter; `name` in upper case, values without their quotes, RFC 6868 not yet decoded. */
export interface Parameter {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * RFC 5545 §3.5: a property. `name` is in upper case, `value` is the text after the colon, unfolded and otherwise as
 * sent. `start` and `end` are its place in the object's text, line end included.
 */
export interface Property {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** RFC 5545 §3.6: a component with its place in the object's text, from its BEGIN to the end of its END line. */
export interface Component {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
  readonly start: number;
  readonly end: number;
}

interface OpenComponent {
  readonly name: string;
  readonly properties: Property[];
  readonly components: Component[];
  readonly start: number;
  end: number;
}

const none: readonly Parameter[] = Object.freeze([]);
const nameShape = /^[A-Za-z0-9-]+$/;
/** What XML 1.0 §2.2 cannot carry; such text would break every later REPORT. */
const notInXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const loneCarriageReturn = /\r(?:[^\r\n]|$)/;

/**
 * Reads content lines (RFC 5545 §3.1) into components. Lines may end in LF alone or in CR CR LF, and blank lines are
 * passed over, since clients send them; everything else is by the grammar.
 * @throws CalendarDataError `valid-calendar-data` for text that is not iCalendar, or is beyond `limits`.
 */
export function readComponents(text: string, limits: CalendarLimits): Component[] {
  const bad = notInXml.exec(text);
  if (bad) {
    const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    throw invalidData(`The calendar data holds the character U+${code}, which no XML answer can carry.`);
  }
  if (loneCarriageReturn.test(text))
    throw invalidData('The calendar data holds a carriage return that ends no line.');
  return new Reader(text, limits).read();
}

class Reader {
  private readonly roots: Component[] = [];
  private readonly open: OpenComponent[] = [];
  private componentCount = 0;
  private propertyCount = 0;

  constructor(
    private readonly text: string,
    private readonly limits: CalendarLimits,
  ) {}

  read(): Component[] {
    const { text } = this;
    let position = 0;
    while (position < text.length) {
      const start = position;
      let end = lineEnd(text, start);
      let line = lineText(text, start, end);
      if (isFold(text, end) && line !== '') {
        const pieces = [line];
        let length = line.length;
        while (isFold(text, end)) {
          const from = end + 1;
          end = lineEnd(text, from);
          const piece = lineText(text, from, end);
          length += piece.length;
          this.checkLength(length);
          pieces.push(piece);
        }
        line = pieces.join('');
      }
      position = end;
      if (line !== '') this.take(line, start, end);
    }
    const unclosed = this.open.at(-1);
    if (unclosed) throw invalidData(`BEGIN:${unclosed.name} has no END:${unclosed.name}.`);
    return this.roots;
  }

  private checkLength(length: number): void {
    if (length > this.limits.maxLineLength) {
      throw invalidData(`A content line is longer than ${this.limits.maxLineLength} characters.`);
    }
  }

  private take(line: string, start: number, end: number): void {
    this.checkLength(line.length);
    let nameEnd = 0;
    while (nameEnd < line.length && !isDelimiter(line.charCodeAt(nameEnd))) nameEnd += 1;
    const name = line.slice(0, nameEnd).toUpperCase();
    if (!nameShape.test(name) || nameEnd === line.length) {
      throw invalidData(`${quoted(line)} is no content line: it needs a name, a colon and a value.`);
    }
    if (name === 'BEGIN') this.begin(line.slice(nameEnd + 1), line, start);
    else if (name === 'END') this.close(line.slice(nameEnd + 1), line, end);
    else this.property(name, line, nameEnd, start, end);
  }

  private property(name: string, line: string, nameEnd: number, start: number, end: number): void {
    const parent = this.open.at(-1);
    if (!parent) throw invalidData(`${quoted(line)} stands outside any component.`);
    this.propertyCount += 1;
    if (this.propertyCount > this.limits.maxProperties) {
      throw invalidData(`The calendar data holds more than ${this.limits.maxProperties} properties.`);
    }
    if (line.charCodeAt(nameEnd) === colon) {
      parent.properties.push({ name, parameters: none, value: line.slice(nameEnd + 1), start, end });
    } else {
      const parameters: Parameter[] = [];
      const valueStart = readParameters(line, nameEnd, parameters, this.limits.maxParameters);
      parent.properties.push({ name, parameters, value: line.slice(valueStart), start, end });
    }
  }

  private begin(value: string, line: string, start: number): void {
    const name = componentName(value, line);
    this.componentCount += 1;
    if (this.componentCount > this.limits.maxComponents) {
      throw invalidData(`The calendar data holds more than ${this.limits.maxComponents} components.`);
    }
    if (this.open.length >= this.limits.maxDepth) {
      throw invalidData(`Components are nested more than ${this.limits.maxDepth} deep.`);
    }
    this.open.push({ name, properties: [], components: [], start, end: start });
  }

  private close(value: string, line: string, end: number): void {
    const name = componentName(value, line);
    const component = this.open.pop();
    if (component?.name !== name) {
      throw invalidData(`END:${name} closes ${component ? `BEGIN:${component.name}` : 'nothing'}.`);
    }
    component.end = end;
    (this.open.at(-1)?.components ?? this.roots).push(component);
  }
}

const colon = 0x3a;
const semicolon = 0x3b;
const comma = 0x2c;
const quote = 0x22;

function isDelimiter(code: number): boolean {
  return code === colon || code === semicolon;
}

function isFold(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return code === 0x20 || code === 0x09;
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline + 1;
}

function lineText(text: string, start: number, end: number): string {
  let stop = end;
  if (stop > start && text.charCodeAt(stop - 1) === 0x0a) stop -= 1;
  while (stop > start && text.charCodeAt(stop - 1) === 0x0d) stop -= 1;
  return text.slice(start, stop);
}

function componentName(value: string, line: string): string {
  const name = value.trimEnd().toUpperCase();
  if (!nameShape.test(name)) throw invalidData(`${quoted(line)} names no component.`);
  return name;
}

/** Reads `;NAME=value,"value"` from `position` on; the position behind the colon comes back. */
function readParameters(line: string, position: number, into: Parameter[], limit: number): number {
  let at = position;
  let count = 0;
  while (line.charCodeAt(at) === semicolon) {
    const nameStart = at + 1;
    at = line.indexOf('=', nameStart);
    const name = at === -1 ? '' : line.slice(nameStart, at).toUpperCase();
    if (!nameShape.test(name)) throw invalidData(`${quoted(line)} has a parameter without a name.`);
    const values: string[] = [];
    do {
      const valueStart = at + 1;
      at = valueEnd(line, valueStart);
      count += 1;
      if (count > limit) throw invalidData(`A property has more than ${limit} parameters.`);
      const isQuoted = line.charCodeAt(valueStart) === quote;
      values.push(isQuoted ? line.slice(valueStart + 1, at - 1) : line.slice(valueStart, at));
    } while (line.charCodeAt(at) === comma);
    into.push({ name, values });
  }
  if (line.charCodeAt(at) !== colon) throw invalidData(`${quoted(line)} has no colon after its parameters.`);
  return at + 1;
}

function valueEnd(line: string, start: number): number {
  if (line.charCodeAt(start) === quote) {
    const closing = line.indexOf('"', start + 1);
    if (closing === -1) throw invalidData(`${quoted(line)} has a quote that is not closed.`);
    return closing + 1;
  }
  let at = start;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === colon || code === semicolon || code === comma) break;
    if (code === quote) throw invalidData(`${quoted(line)} has a quote inside an unquoted parameter value.`);
    at += 1;
  }
  return at;
}

/** The first property of that name (upper case), if there is one. */
export function propertyOf(component: Component, name: string): Property | undefined {
  return component.properties.find((property) => property.name === name);
}

/** All properties of that name (upper case). */
export function propertiesOf(component: Component, name: string): Property[] {
  return component.properties.filter((property) => property.name === name);
}

/** The first value of a parameter (name in upper case), if there is one. */
export function parameterOf(property: Property, name: string): string | undefined {
  if (property.parameters === none) return undefined;
  return property.parameters.find((parameter) => parameter.name === name)?.values[0];
}
