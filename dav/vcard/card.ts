// The vCard formats 3.0 (RFC 2426) and 4.0 (RFC 6350) as an address object resource holds them (RFC 6352 §5.1).
import { Buffer, isUtf8 } from 'node:buffer';
import { AddressDataError } from './address-data-error.js';
import { ContentLineError, readContentLine, type ContentLine } from './content-line.js';
import { logicalLines } from './logical-lines.js';
import { unescapeText } from './text.js';

export interface CardProperty {
  /** As written; groups compare without regard to case. */
  readonly group: string | undefined;
  /** In upper case. */
  readonly name: string;
  /** Names in upper case, values decoded (RFC 6868), repeated parameters and lists of types joined into one list. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** The whole value with its escapes undone: what a text-match compares with. */
  readonly value: string;
  /** The value as written, unfolded: what tells a separator from a character of the text. */
  readonly raw: string;
}

export interface Card {
  /**
   * Undefined if the card has none, or an empty one. RFC 6352 §5.1 wants one in every card; old clients send cards without,
   * and sabre/dav adds one. Stored bytes are never changed here, so who stores such a card takes the resource's name as
   * its UID where a UID conflict is looked for.
   */
  readonly uid: string | undefined;
  readonly version: '3.0' | '4.0';
  /** In order, without BEGIN and END. */
  readonly properties: readonly CardProperty[];
}

/** Bounds on what is read. The size of the whole is the caller's to check (`max-resource-size`). */
export interface CardLimits {
  readonly maxProperties: number;
  /** In one property, all its parameters together. */
  readonly maxParameterValues: number;
  /** In UTF-16 units, unfolded. A photo is one line. */
  readonly maxLineLength: number;
  /** In octets of UTF-8. It goes into a unique index. */
  readonly maxUidLength: number;
}

/** A group of ten thousand members is one card with a property for each. */
export const defaultCardLimits: CardLimits = {
  maxProperties: 20_000,
  maxParameterValues: 200,
  maxLineLength: 32 * 1024 * 1024,
  maxUidLength: 1024,
};

/**
 * Reads exactly one vCard 3.0 or 4.0.
 *
 * FN must be there in both versions (RFC 2426 §3.1.1, RFC 6350 §6.2.1). sabre/dav and Cyrus invent one from N and refuse the
 * card if they cannot; as bytes are not changed here, a card without FN is refused. An empty FN is accepted. N is required
 * by RFC 2426 §3.1.2 too, but many programs leave it out of a 3.0 card for a company or a group, and peers add an
 * empty one: nothing depends on it, so its absence is accepted.
 *
 * @throws AddressDataError `supported-address-data` if it is another format or version, `valid-address-data` if it is broken
 */
export function parseCard(bytes: Uint8Array, limits: CardLimits = defaultCardLimits): Card {
  return new CardReader(limits).read(decode(bytes));
}

// What XML 1.0 cannot carry would make every later REPORT over the card malformed.
const notInXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\r[^\r\n]/;

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw invalid('The vCard is not encoded in UTF-8.');
  const decoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const text = decoded.startsWith('\ufeff') ? decoded.slice(1) : decoded;
  const at = text.search(notInXml);
  if (at !== -1) {
    const line = text.slice(0, at).split('\n').length;
    const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
    throw invalid(
      `Line ${line} of the vCard contains the control character U+${code}, which must not be in it.`,
    );
  }
  return text;
}

class CardReader {
  private readonly properties: CardProperty[] = [];
  private state: 'before' | 'inside' | 'after' = 'before';
  private version: Card['version'] | undefined;
  private uid: string | undefined;
  private hasName = false;

  constructor(private readonly limits: CardLimits) {}

  read(text: string): Card {
    for (const { line, number } of logicalLines(text)) if (line.trim() !== '') this.readLine(line, number);
    if (this.state === 'before') throw invalid('There is no vCard in the text: it is empty.');
    if (this.state === 'inside') throw invalid('The vCard has no END:VCARD; it may have been cut off.');
    if (this.version === undefined) throw invalid('The vCard has no VERSION property.');
    if (!this.hasName) throw invalid('The vCard has no FN property (the name as it is shown).');
    return { uid: this.uid, version: this.version, properties: this.properties };
  }

  private readLine(line: string, number: number): void {
    if (line.length > this.limits.maxLineLength)
      throw invalid(`Line ${number} of the vCard is longer than ${this.limits.maxLineLength} characters.`);
    if (this.state === 'before') this.readBegin(line);
    else if (this.state === 'inside') this.readInside(line, number);
    else if (/^BEGIN:VCARD\s*$/i.test(line))
      throw invalid('The text contains more than one vCard. Each must be stored as a resource of its own.');
    else throw invalid(`Line ${number} stands after END:VCARD, where nothing may follow.`);
  }

  private readBegin(line: string): void {
    const format = /^BEGIN:\s*(\S{1,64})\s*$/i.exec(line)?.[1];
    if (format === undefined) throw invalid('The text does not begin with BEGIN:VCARD.');
    if (format.toUpperCase() !== 'VCARD')
      throw unsupported(`An address book holds vCards, and this is a ${format}.`);
    this.state = 'inside';
  }

  private readInside(line: string, number: number): void {
    const content = this.contentLine(line, number);
    switch (content.name) {
      case 'BEGIN':
        throw invalid(`Line ${number} begins another object inside the vCard; its END:VCARD may be missing.`);
      case 'END':
        if (content.rawValue.trim().toUpperCase() !== 'VCARD')
          throw invalid(`Line ${number} ends an object that the vCard did not begin.`);
        this.state = 'after';
        return;
      case 'VERSION':
        this.readVersion(content.rawValue.trim());
        break;
      case 'FN':
        this.hasName = true;
    }
    if (this.properties.length >= this.limits.maxProperties)
      throw invalid(`The vCard has more than ${this.limits.maxProperties} properties.`);
    const { group, name, parameters, rawValue: raw } = content;
    const property = { group, name, parameters, value: unescapeText(raw), raw };
    if (name === 'UID') this.readUid(property.value);
    this.properties.push(property);
  }

  private contentLine(line: string, number: number): ContentLine {
    try {
      return readContentLine(line, this.limits.maxParameterValues);
    } catch (error) {
      if (error instanceof ContentLineError) throw invalid(`Line ${number} of the vCard ${error.message}.`);
      throw error;
    }
  }

  // RFC 6350 §6.7.9 wants VERSION right after BEGIN; no reader needs that, so a later place is accepted.
  private readVersion(version: string): void {
    if (this.version !== undefined) throw invalid('The vCard has more than one VERSION property.');
    if (version !== '3.0' && version !== '4.0')
      throw unsupported(
        `This is a vCard of version ${version.slice(0, 20)}; versions 3.0 and 4.0 can be stored here.`,
      );
    this.version = version;
  }

  private readUid(uid: string): void {
    if (uid === '') return;
    if (this.uid !== undefined && this.uid !== uid)
      throw invalid('The vCard has two different UID properties.');
    if (Buffer.byteLength(uid) > this.limits.maxUidLength)
      throw invalid(`The UID of the vCard is longer than ${this.limits.maxUidLength} octets.`);
    this.uid = uid;
  }
}

function invalid(message: string): AddressDataError {
  return new AddressDataError('valid-address-data', message);
}

function unsupported(message: string): AddressDataError {
  return new AddressDataError('supported-address-data', message);
}
