// Writing xCard: vCard 4 as XML (RFC 6351).
import { sortedParameters, type CardLine } from './card-line.js';
import { CardConversionError } from './conversion/error.js';
import { basicFormat, readDateAndOrTime } from './dates.js';
import { unescapeText } from './text.js';
import { listParameters, readValue, unknownType, type TypedValue } from './typed-value.js';
import { XCARD_NAMESPACE, componentNames, parameterTypes } from './xcard-names.js';
import { splitName } from '../xml/names.js';
import { parseXml, XmlSyntaxError } from '../xml/parse.js';
import { escapeAttribute, escapeText, serialize } from '../xml/write.js';

/**
 * The xCard of the lines of a 4.0 card, as an XML document.
 * @throws CardConversionError if a name of the card is none in XML, or an XML property holds something else
 */
export function writeXcard(lines: readonly CardLine[]): string {
  let content = '';
  let group: string | undefined;
  for (const line of lines) {
    if (line.name === 'VERSION') continue;
    if (line.group !== group) {
      if (group !== undefined) content += '</group>';
      if (line.group !== undefined) content += `<group name="${escapeAttribute(line.group)}">`;
      ({ group } = line);
    }
    content += line.name === 'XML' ? embeddedXml(line) : writeProperty(line);
  }
  if (group !== undefined) content += '</group>';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<vcards xmlns="${XCARD_NAMESPACE}"><vcard>${content}</vcard></vcards>\n`;
}

function writeProperty(line: CardLine): string {
  const name = xmlName(line.name);
  return `<${name}>${writeParameters(line)}${writeTyped(line)}</${name}>`;
}

/** RFC 6350 §6.10 lets a name begin with a digit or a hyphen, XML does not. */
function xmlName(name: string): string {
  if (/^[A-Z_][A-Z0-9_-]*$/i.test(name)) return name.toLowerCase();
  throw new CardConversionError(
    `The name ${name.slice(0, 50)} of a property or parameter cannot be written in XML.`,
  );
}

const element = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${escapeText(content)}</${name}>`;

function writeParameters(line: CardLine): string {
  let written = '';
  for (const [name, values] of sortedParameters(line)) {
    if (name === 'VALUE') continue;
    const type = parameterTypes.get(name) ?? unknownType;
    const each = listParameters.has(name) ? values.flatMap((value) => value.split(',')) : values;
    const tag = xmlName(name);
    written += `<${tag}>${each.map((value) => element(type, value)).join('')}</${tag}>`;
  }
  return written === '' ? '' : `<parameters>${written}</parameters>`;
}

function writeTyped(line: CardLine): string {
  const value = readValue(line);
  const names = componentNames.get(line.name);
  if (value.kind === 'components') {
    if (names === undefined) return value.values.map((parts) => element('text', parts.join(','))).join('');
    // More components than have names: the value goes through as it stands.
    if (value.values.length > names.length) return element(unknownType, line.raw);
    return value.values
      .map((parts, at) => parts.map((part) => element(names[at] ?? unknownType, part)).join(''))
      .join('');
  }
  return value.values.map((each) => writeSimple(value, each)).join('');
}

function writeSimple({ type }: TypedValue, value: string): string {
  if (type === 'date-and-or-time') {
    const read = readDateAndOrTime(value);
    if (read === undefined) return element(unknownType, value);
    const basic = basicFormat(read);
    if (read.date === undefined) return element('time', basic.slice(1));
    return element(read.time === undefined ? 'date' : 'date-time', basic);
  }
  if (type === 'timestamp' || type === 'date' || type === 'date-time') {
    const read = readDateAndOrTime(value);
    return element(type, read === undefined ? value : basicFormat(read));
  }
  return element(/^[a-z][a-z0-9-]*$/.test(type) && type !== 'parameters' ? type : unknownType, value);
}

const embeddedLimits = { maxBytes: 1024 * 1024, maxDepth: 64, maxElements: 10_000 };

/** RFC 6351 §6: the content of an XML property is copied. It must be one element of another namespace (RFC 6350 §6.1.5). */
function embeddedXml({ raw }: CardLine): string {
  try {
    const parsed = parseXml(Buffer.from(unescapeText(raw)), embeddedLimits);
    const { namespace } = splitName(parsed.name);
    if (namespace !== '' && namespace !== XCARD_NAMESPACE) return serialize(parsed);
  } catch (error) {
    if (!(error instanceof XmlSyntaxError)) throw error;
  }
  throw new CardConversionError('An XML property of the card holds no element of a namespace of its own.');
}
