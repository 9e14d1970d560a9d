// Reading xCard (RFC 6351 §6): what is not known of it is dropped, and elements of other namespaces become XML properties.
import { AddressDataError } from './address-data-error.js';
import type { CardLine } from './card-line.js';
import { propertyTypeOf } from './property-types.js';
import { unknownType, withValue, type TypedValue } from './typed-value.js';
import { XCARD_NAMESPACE, componentNames } from './xcard-names.js';
import { escapeText } from '../directory-text.js';
import { child, children, childrenNamed, text, type XmlElement } from '../xml/element.js';
import { name as clark, splitName, type Name } from '../xml/names.js';
import { parseXml, XmlSyntaxError } from '../xml/parse.js';
import { serialize } from '../xml/write.js';

const xcard = (local: string): Name => clark(XCARD_NAMESPACE, local);
const nameOfSomething = /^[A-Za-z0-9_-]{1,100}$/;
const limits = { maxDepth: 64, maxElements: 200_000 };

/**
 * The lines of the one xCard in a document, as a 4.0 card has them.
 * @throws AddressDataError `valid-address-data` if it is no XML, no xCard, or several
 */
export function readXcard(bytes: Uint8Array): readonly CardLine[] {
  const root = parse(bytes);
  if (root.name !== xcard('vcards')) throw broken('The root of an xCard is the element vcards of vCard 4.');
  const [card, ...more] = childrenNamed(root, xcard('vcard'));
  if (card === undefined) throw broken('There is no vcard element in the xCard.');
  if (more.length > 0)
    throw broken('The xCard holds more than one vcard. Each must be stored as a resource of its own.');
  return children(card).flatMap((part) => {
    if (part.name !== xcard('group')) return readProperty(part, undefined);
    const group = part.attributes.get('name');
    if (group === undefined || !nameOfSomething.test(group))
      throw broken('A group of the xCard needs a name of letters, digits and hyphens.');
    return children(part).flatMap((property) => readProperty(property, group));
  });
}

const broken = (sentence: string): AddressDataError => new AddressDataError('valid-address-data', sentence);

function parse(bytes: Uint8Array): XmlElement {
  try {
    return parseXml(bytes, { maxBytes: bytes.byteLength, ...limits });
  } catch (error) {
    if (error instanceof XmlSyntaxError) throw broken('The xCard is not well-formed XML, or nests too deep.');
    throw error;
  }
}

function readProperty(element: XmlElement, group: string | undefined): CardLine[] {
  const { namespace, local } = splitName(element.name);
  if (namespace !== XCARD_NAMESPACE)
    return [{ group, name: 'XML', parameters: new Map(), raw: escapeText(serialize(element)) }];
  const name = local.toUpperCase();
  if (!nameOfSomething.test(name) || name === 'BEGIN' || name === 'END' || name === 'GROUP')
    throw broken(`The xCard has an element ${local.slice(0, 50)} where a property belongs.`);
  if (name === 'VERSION') return [];
  const line = { group, name, parameters: readParameters(element), raw: '' };
  return [withValue(line, readValue(name, element))];
}

function readParameters(property: XmlElement): CardLine['parameters'] {
  const parameters = new Map<string, readonly string[]>();
  const element = child(property, xcard('parameters'));
  for (const parameter of element === undefined ? [] : children(element)) {
    const { namespace, local } = splitName(parameter.name);
    const name = local.toUpperCase();
    if (namespace !== XCARD_NAMESPACE || !nameOfSomething.test(name) || name === 'VALUE') continue;
    const values = children(parameter).map(text);
    parameters.set(name, values.length > 0 ? values : [text(parameter)]);
  }
  return parameters;
}

function readValue(name: string, property: XmlElement): TypedValue {
  const names = componentNames.get(name);
  if (names?.some((each) => child(property, xcard(each)) !== undefined) === true) {
    const components = names.map((each) => childrenNamed(property, xcard(each)).map(text));
    const values = components.map((parts) => (parts.length > 0 ? parts : ['']));
    return { type: 'text', kind: 'components', values: name === 'GENDER' ? withoutEmptyEnd(values) : values };
  }
  const valueElements = children(property).filter(
    (each) => splitName(each.name).namespace === XCARD_NAMESPACE && each.name !== xcard('parameters'),
  );
  const [first] = valueElements;
  if (first === undefined) return { type: unknownType, kind: 'values', values: [text(property).trim()] };
  const written = splitName(first.name).local.toLowerCase();
  const values = valueElements.filter((each) => each.name === first.name).map(text);
  const known = propertyTypeOf(name);
  if (known?.type === 'date-and-or-time' && ['date', 'date-time', 'time'].includes(written))
    return {
      type: known.type,
      kind: 'values',
      values: values.map((value) => (written === 'time' ? `T${value}` : value)),
    };
  if (known?.shape === 'components' && written === 'text')
    return { type: 'text', kind: 'components', values: values.map((value) => [value]) };
  return { type: nameOfSomething.test(written) ? written : unknownType, kind: 'values', values };
}

/** GENDER ends with the sex where there is no identity. */
function withoutEmptyEnd(values: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return values.at(-1)?.join('') === '' ? values.slice(0, -1) : values;
}
