/**
 * The forms in which cards are given and taken (RFC 6352 §5.1.1). What was stored comes back byte for byte unless another
 * form is asked for by name: clients that do not ask for vCard 4.0 do not expect it.
 */
import { wantedOf } from '../http/accept.js';
import { DavError } from '../http/errors.js';
import { cardForms, CardConversionError, someLines } from '../vcard/index.js';
import type { CardForm, SelectedProperty } from '../vcard/index.js';
import { carddav } from '../xml/names.js';
import { convertedCard } from './conversions.js';

/** What text/vcard was called before RFC 6350. */
const formerNames: ReadonlyMap<string, CardForm['mediaType']> = new Map([
  ['text/x-vcard', 'text/vcard'],
  ['text/directory', 'text/vcard'],
]);

/** `text/vcard` for its former names too; undefined for what is no form of a card. */
export function mediaTypeOfCard(type: string): CardForm['mediaType'] | undefined {
  const lower = type.toLowerCase();
  return formerNames.get(lower) ?? cardForms.find(({ mediaType }) => mediaType === lower)?.mediaType;
}

/**
 * The form that a GET gives to a card that is stored in a version of vCard.
 * @throws DavError 406 CARDDAV:supported-address-data-conversion where the client takes none that there is
 */
export function formForAccept(accept: string | undefined, storedVersion: string): CardForm | 'stored' {
  if (accept === undefined || accept === '*/*') return 'stored';
  const wanted = wantedOf(accept);
  const asStored = [...formerNames.keys(), 'text/vcard'].map(
    (mediaType) => wanted({ mediaType, version: storedVersion }).quality,
  );
  let best: CardForm | 'stored' = 'stored';
  let quality = Math.max(...asStored);
  for (const form of cardForms) {
    const { quality: ofForm, named, versioned } = wanted(form);
    if (form.mediaType === 'text/vcard' ? !versioned || form.version === storedVersion : !named) continue;
    if (ofForm > quality) [best, quality] = [form, ofForm];
  }
  if (quality > 0) return best;
  throw noConversion(406, `Cards are sent as ${cardForms.map(nameOfForm).join(', ')}.`);
}

/** `text/vcard; version=4.0` */
export const nameOfForm = ({ mediaType, version }: CardForm): string => `${mediaType}; version=${version}`;

/** Content-Type of a card in a form that it is not stored in. JSON is UTF-8 and has no charset (RFC 8259 §11). */
export const contentTypeOfForm = (form: CardForm): string =>
  form.mediaType === 'application/vcard+json'
    ? nameOfForm(form)
    : `${form.mediaType}; charset=utf-8; version=${form.version}`;

/** What tells the entity tag of a form from that of what is stored. */
export const tagOfForm = ({ mediaType, version }: CardForm): string =>
  mediaType === 'text/vcard' ? version.slice(0, 1) : mediaType.slice('application/vcard+'.length);

function noConversion(status: number, sentence: string): DavError {
  return new DavError(status, sentence, { precondition: carddav('supported-address-data-conversion') });
}

/**
 * A stored card in a form.
 * @throws DavError with CARDDAV:supported-address-data-conversion where it cannot be converted: 415 inside a report, as
 *   in RFC 6352 §8.7.2, 406 for a GET
 */
export async function inForm(
  stored: Uint8Array,
  form: CardForm,
  { status, selection }: { readonly status: 406 | 415; readonly selection?: readonly SelectedProperty[] },
): Promise<Buffer> {
  try {
    return await convertedCard({ stored, form, ...(selection === undefined ? {} : { selection }) });
  } catch (error) {
    if (error instanceof CardConversionError) throw noConversion(status, error.message);
    throw error;
  }
}

/** The version of vCard in which a card is stored. Looking for one line costs less than reading the card. */
export function versionOf(stored: Uint8Array): string {
  return /:\s*(\d\.\d)/.exec(someLines(stored, /^\ufeff?(?:[\w-]+\.)?VERSION[;:]/i))?.[1] ?? '';
}
