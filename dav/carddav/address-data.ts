/** CARDDAV:address-data in reports (RFC 6352 §10.4): what is sent is what was stored, or the properties asked for. */
import { utf8 } from '../bytes.js';
import { DavError } from '../http/errors.js';
import type { LiveProperty } from '../live-property.js';
import { parsePropertyName, selectAddressData } from '../vcard/index.js';
import type { XmlElement } from '../xml/element.js';
import { child, childrenNamed } from '../xml/element.js';
import { storedText } from '../xml/long-text.js';
import { carddav, dav } from '../xml/names.js';

export const addressDataName = carddav('address-data');
/** The versions that are stored, and sent as they are stored. */
export const vcardVersions: readonly string[] = ['3.0', '4.0'];

/** A value only inside reports, which fetch the bytes. */
export const addressData: LiveProperty = {
  name: addressDataName,
  appliesTo: ['address-object'],
  get: (resource) => {
    if (resource.kind !== 'address-object') return undefined;
    const { data } = resource;
    return data instanceof Uint8Array ? storedText(data) : data;
  },
};

/**
 * How a report wants to see cards; undefined for as they are stored.
 * @throws DavError 403 CARDDAV:supported-address-data for a media type or version that is not advertised
 */
export function readAddressDataRequest(body: XmlElement): ((data: Uint8Array) => Uint8Array) | undefined {
  const prop = child(body, dav('prop'));
  const wanted = prop === undefined ? undefined : child(prop, addressDataName);
  if (wanted === undefined) return undefined;
  const type = wanted.attributes.get('content-type') ?? 'text/vcard';
  const version = wanted.attributes.get('version') ?? '3.0';
  if (type.toLowerCase() !== 'text/vcard' || !vcardVersions.includes(version)) {
    throw new DavError(
      403,
      `Cards are sent as text/vcard ${vcardVersions.join(' or ')}, not ${type} ${version}.`,
      {
        precondition: carddav('supported-address-data'),
      },
    );
  }
  const names = childrenNamed(wanted, carddav('prop'));
  if (names.length === 0) return undefined;
  const properties = names.flatMap(({ attributes }) => {
    const name = attributes.get('name');
    if (name === undefined) return [];
    return [{ ...parsePropertyName(name), noValue: attributes.get('novalue') === 'yes' }];
  });
  return (data) => Buffer.from(selectAddressData(utf8(data), properties));
}
