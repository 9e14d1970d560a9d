// RFC 6350 §3.3 `contentline`, with the parameter encoding of RFC 6868. RFC 2426 §4 differs in nothing that matters here.
import { decodeParameterValue } from '../directory-text.js';

/** A content line taken apart. Names are in upper case, parameter values are decoded, the value is as written. */
export interface ContentLine {
  readonly group: string | undefined;
  readonly name: string;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly rawValue: string;
  /** Where the value begins in the unfolded line. */
  readonly valueOffset: number;
}

/** Why a line is not a content line: the end of a sentence that begins with "line 7". */
export class ContentLineError extends Error {
  override readonly name = 'ContentLineError';
}

// An underscore is in no RFC's grammar but in some programs' names.
const propertyName = /(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+)(?=[;:])/y;
const parameterName = /[A-Za-z0-9_-]+/y;
const unquotedValue = /[^,;:]*/y;
const noParameters: ReadonlyMap<string, readonly string[]> = new Map();

/**
 * Reads one unfolded line.
 * @throws ContentLineError if it has no name, no colon, an unclosed quote or more parameter values than allowed
 */
export function readContentLine(line: string, maxParameterValues: number): ContentLine {
  propertyName.lastIndex = 0;
  const start = propertyName.exec(line);
  if (start === null) throw new ContentLineError('has no property name followed by a colon');
  const [prefix, group, name = ''] = start;
  const hasParameters = line.charAt(prefix.length) === ';';
  const reader = hasParameters ? new ParameterReader(line, prefix.length, maxParameterValues) : undefined;
  const parameters = reader?.readAll() ?? noParameters;
  const valueOffset = (reader?.at ?? prefix.length) + 1;
  return { group, name: name.toUpperCase(), parameters, rawValue: line.slice(valueOffset), valueOffset };
}

class ParameterReader {
  private readonly parameters = new Map<string, string[]>();
  private count = 0;

  /** Starts at the semicolon before the first parameter, stops at the colon before the value. */
  constructor(
    private readonly line: string,
    public at: number,
    private readonly maxValues: number,
  ) {}

  readAll(): ReadonlyMap<string, readonly string[]> {
    while (this.line.charAt(this.at) === ';') {
      this.at += 1;
      this.readParameter();
    }
    if (this.line.charAt(this.at) !== ':')
      throw new ContentLineError(
        this.at >= this.line.length
          ? 'has no colon between its parameters and its value'
          : `has an unexpected character at position ${this.at + 1}`,
      );
    return this.parameters;
  }

  private readParameter(): void {
    const name = this.take(parameterName);
    if (name === '') return; // `TEL;:…`: an empty parameter says nothing.
    if (this.line.charAt(this.at) !== '=') {
      // vCard 2.1 wrote values without names, and some programs still do in 3.0 (`PHOTO;BASE64:`).
      this.add(/^(base64|quoted-printable|[78]bit)$/i.test(name) ? 'ENCODING' : 'TYPE', name);
      return;
    }
    const key = name.toUpperCase();
    do {
      this.at += 1;
      const value = decodeParameterValue(this.readValue());
      // RFC 6350 quotes a list of types in its own examples (`TYPE="voice,home"`, §6.4.1); no type contains a comma.
      if (key === 'TYPE') for (const type of value.split(',')) this.add(key, type);
      else this.add(key, value);
    } while (this.line.charAt(this.at) === ',');
  }

  private readValue(): string {
    if (this.line.charAt(this.at) !== '"') return this.take(unquotedValue);
    const close = this.line.indexOf('"', this.at + 1);
    if (close === -1) throw new ContentLineError('has a quoted parameter value that is not closed');
    const value = this.line.slice(this.at + 1, close);
    this.at = close + 1;
    return value;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.line)?.[0] ?? '';
    this.at += text.length;
    return text;
  }

  private add(name: string, value: string): void {
    this.count += 1;
    if (this.count > this.maxValues)
      throw new ContentLineError(`has more than ${this.maxValues} parameter values`);
    const values = this.parameters.get(name);
    if (values === undefined) this.parameters.set(name, [value]);
    else values.push(value);
  }
}
