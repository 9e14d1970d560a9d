/**
 * CARDDAV:address-data in reports (RFC 6352 §10.4): what is sent is what was stored, unless the
 * request asks for a part of it or for another form.
 */
import { utf8 } from '../bytes.js';
import { DavError } from '../http/errors.js';
import type { ObjectReport } from '../http/object-responses.js';
import type { LiveProperty } from '../live-property.js';
import { cardForms, parsePropertyName, selectAddressData } from '../vcard/index.js';
import type { CardForm, SelectedProperty } from '../vcard/index.js';
import type { XmlElement } from '../xml/element.js';
import { child, childrenNamed } from '../xml/element.js';
import { storedText } from '../xml/long-text.js';
import { carddav, dav } from '../xml/names.js';
import { inForm, mediaTypeOfCard, nameOfForm, versionOf } from './forms.js';

export const addressDataName = carddav('address-data');

/** A value only inside reports, which fetch the bytes. */
export const addressData: LiveProperty = {
  name: addressDataName,
  appliesTo: ['address-object'],
  attributes: (resource) => ('dataAttributes' in resource ? (resource.dataAttributes ?? '') : ''),
  get: (resource) => {
    if (resource.kind !== 'address-object') return undefined;
    const { data } = resource;
    return data instanceof Uint8Array ? storedText(data) : data;
  },
};

/**
 * How a report wants to see cards; undefined for as they are stored.
 * @throws DavError 403 CARDDAV:supported-address-data for a media type or version in which cards are not sent
 */
export function readAddressDataRequest(body: XmlElement): Pick<ObjectReport, 'project' | 'dataAttributes'> {
  const prop = child(body, dav('prop'));
  const wanted = prop === undefined ? undefined : child(prop, addressDataName);
  if (wanted === undefined) return { project: undefined };
  const form = readForm(wanted);
  const selection = readSelection(wanted);
  if (form === undefined)
    return { project: selection === undefined ? undefined : (data) => asStored(data, selection) };
  return {
    project: (data) =>
      form.mediaType === 'text/vcard' && versionOf(data) === form.version
        ? asStored(data, selection)
        : inForm(data, form, { status: 415, ...(selection === undefined ? {} : { selection }) }),
    dataAttributes: ` content-type="${form.mediaType}" version="${form.version}"`,
  };
}

function asStored(data: Uint8Array, selection: readonly SelectedProperty[] | undefined): Uint8Array {
  return selection === undefined ? data : Buffer.from(selectAddressData(utf8(data), selection));
}

/** §10.4: undefined where no version is named, since most clients that name none take both. */
function readForm({ attributes }: XmlElement): CardForm | undefined {
  const [written = '', ...parameters] = (attributes.get('content-type') ?? 'text/vcard')
    .split(';')
    .map((part) => part.trim());
  const parameter = parameters.find((each) => /^version=/i.test(each))?.slice('version='.length);
  const version = attributes.get('version') ?? parameter?.replaceAll('"', '');
  const mediaType = mediaTypeOfCard(written);
  if (mediaType === 'text/vcard' && version === undefined) return undefined;
  const form = cardForms.find(
    (each) => each.mediaType === mediaType && (version === undefined || each.version === version),
  );
  if (form !== undefined) return form;
  throw new DavError(
    403,
    `Cards are sent as ${cardForms.map(nameOfForm).join(', ')}, not ${written} ${version ?? ''}.`,
    { precondition: carddav('supported-address-data') },
  );
}

/** §10.4.2; undefined for the whole card, which CARDDAV:allprop asks for too (§10.4.1). */
function readSelection(wanted: XmlElement): readonly SelectedProperty[] | undefined {
  const names = childrenNamed(wanted, carddav('prop'));
  if (names.length === 0) return undefined;
  return names.flatMap(({ attributes }) => {
    const name = attributes.get('name');
    if (name === undefined) return [];
    return [{ ...parsePropertyName(name), noValue: attributes.get('novalue') === 'yes' }];
  });
}
