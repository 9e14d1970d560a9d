// What vCard 2.1 left behind in 3.0 cards: quoted-printable and other character sets (vCard 4 has neither, RFC 6350 A.2).
import { TextDecoder } from 'node:util';
import { parameterOf, withParameters, type CardLine } from '../card-line.js';
import { propertyTypeOf } from '../property-types.js';
import { isBase64, mediaProperties } from './media.js';

/** The line without CHARSET and without any encoding but base64. */
export function decodeLine(line: CardLine): CardLine {
  const { parameters } = line;
  if (!parameters.has('CHARSET') && !parameters.has('ENCODING')) return line;
  const staysBinary = isBase64(line) && holdsBytes(line.name);
  const bytes =
    parameterOf(line, 'ENCODING') === 'quoted-printable'
      ? bytesOfQuotedPrintable(line.raw)
      : isBase64(line) && !staysBinary
        ? Buffer.from(line.raw, 'base64')
        : undefined;
  const raw = bytes === undefined ? line.raw : textOf(bytes, parameterOf(line, 'CHARSET'));
  const changes = { CHARSET: undefined, ...(staysBinary ? {} : { ENCODING: undefined }) };
  return { ...line, raw, parameters: withParameters(parameters, changes) };
}

/** Pictures and the like, and what is not known here; any other property is a text, however it was sent. */
const holdsBytes = (name: string): boolean =>
  mediaProperties.has(name) || (propertyTypeOf(name) === undefined && !version3Texts.has(name));
const version3Texts: ReadonlySet<string> = new Set(['LABEL', 'SORT-STRING', 'CLASS', 'MAILER', 'NAME']);

// XML 1.0 and a card's text cannot carry these.
const controls = new RegExp('[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]', 'g');

/** RFC 2045 §6.7 */
function bytesOfQuotedPrintable(raw: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < raw.length;) {
    const hex = raw[at] === '=' ? /^[0-9a-f]{2}/i.exec(raw.slice(at + 1, at + 3))?.[0] : undefined;
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      at += 3;
    } else {
      const character = String.fromCodePoint(raw.codePointAt(at) ?? 0);
      bytes.push(...Buffer.from(character));
      at += character.length;
    }
  }
  return Uint8Array.from(bytes);
}

/** Separators stay as they are, since they divide the value; line breaks become `\n`. */
function textOf(bytes: Uint8Array, charset: string | undefined): string {
  return decoderOf(charset)
    .decode(bytes)
    .replace(/\r\n?|\n/g, '\\n')
    .replace(controls, '');
}

function decoderOf(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset ?? 'utf-8');
  } catch {
    return new TextDecoder('utf-8');
  }
}
