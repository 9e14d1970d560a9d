// The forms in which a card can be given and taken: text in two versions (RFC 2426, RFC 6350), jCard (RFC 7095) and xCard
// (RFC 6351).
import { isUtf8 } from 'node:buffer';
import { utf8 } from '../bytes.js';
import { AddressDataError } from './address-data-error.js';
import { defaultCardLimits, parseCard, type CardLimits } from './card.js';
import type { CardLine } from './card-line.js';
import { convertCard } from './conversion/index.js';
import { CardConversionError } from './conversion/error.js';
import { readJcard, writeJcard } from './jcard.js';
import type { SelectedProperty } from './project.js';
import { selectsProperty } from './project.js';
import { readXcard } from './read-xcard.js';
import { writeCard } from './write-card.js';
import { writeXcard } from './xcard.js';

/** A media type with the version of vCard in it. */
export interface CardForm {
  readonly mediaType: 'text/vcard' | 'application/vcard+json' | 'application/vcard+xml';
  readonly version: '3.0' | '4.0';
}

/** Every form, the ones that are stored first. */
export const cardForms: readonly CardForm[] = [
  { mediaType: 'text/vcard', version: '3.0' },
  { mediaType: 'text/vcard', version: '4.0' },
  { mediaType: 'application/vcard+json', version: '4.0' },
  { mediaType: 'application/vcard+xml', version: '4.0' },
];

/**
 * A stored card in another form, whole or the properties that are selected (RFC 6352 §10.4.2).
 * @throws CardConversionError if the card cannot be read, or not be written in that form
 */
export function writeCardAs(
  stored: Uint8Array,
  form: CardForm,
  selection?: readonly SelectedProperty[],
): string {
  const all = convertCard(readStored(stored), form.version);
  const lines = selection === undefined ? all : all.flatMap((line) => select(line, selection));
  switch (form.mediaType) {
    case 'text/vcard':
      return writeCard(form.version, lines);
    case 'application/vcard+json':
      return writeJcard(lines);
    case 'application/vcard+xml':
      return writeXcard(lines);
  }
}

function readStored(stored: Uint8Array): ReturnType<typeof parseCard> {
  try {
    return parseCard(stored, defaultCardLimits);
  } catch (error) {
    if (error instanceof AddressDataError)
      throw new CardConversionError(`The card cannot be converted: ${error.message}`);
    throw error;
  }
}

function select(line: CardLine, selection: readonly SelectedProperty[]): CardLine[] {
  const asked = selectsProperty(line, selection);
  if (asked === 'nothing') return [];
  return [asked === 'whole' ? line : { ...line, raw: '' }];
}

/**
 * A jCard or xCard as the text of a vCard 4.0, which is what is stored.
 * @throws AddressDataError with the precondition that it fails
 */
export function cardOfForm(
  body: Uint8Array,
  mediaType: Exclude<CardForm['mediaType'], 'text/vcard'>,
  limits: Pick<CardLimits, 'maxProperties'> = defaultCardLimits,
): Uint8Array {
  const lines = mediaType === 'application/vcard+json' ? readJcard(textOf(body)) : readXcard(body);
  if (lines.length > limits.maxProperties)
    throw new AddressDataError(
      'valid-address-data',
      `The card has more than ${limits.maxProperties} properties.`,
    );
  return Buffer.from(writeCard('4.0', lines));
}

function textOf(body: Uint8Array): string {
  if (!isUtf8(body)) throw new AddressDataError('valid-address-data', 'The jCard is not encoded in UTF-8.');
  return utf8(body);
}
