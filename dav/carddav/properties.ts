/** The live properties of RFC 6352 §6.2 and §7.1. */
import { supportedCollations } from '../collation/index.js';
import type { LiveProperty } from '../live-property.js';
import { homePath } from '../resources/path.js';
import { carddav } from '../xml/names.js';
import { element, escapeText, href } from '../xml/write.js';
import { cardForms } from '../vcard/index.js';
import { addressData } from './address-data.js';
import { description, descriptionLanguage } from '../webdav/description.js';

export const carddavProperties: readonly LiveProperty[] = [
  addressData,
  {
    // §7.1.1. A password for calendars alone sees no contacts (docs/security.md).
    name: carddav('addressbook-home-set'),
    appliesTo: ['principal'],
    get: (resource, { actor }) =>
      resource.kind === 'principal' && resource.own && actor.services.has('contacts')
        ? href(homePath('addressbooks', actor.accountName))
        : undefined,
  },
  {
    // §6.2.1
    name: carddav('addressbook-description'),
    appliesTo: ['addressbook'],
    get: (resource) =>
      resource.kind === 'addressbook' && resource.collection.description !== null
        ? escapeText(resource.collection.description)
        : undefined,
    attributes: descriptionLanguage,
    set: description,
  },
  {
    // §6.2.2
    name: carddav('supported-address-data'),
    appliesTo: ['addressbook'],
    get: () =>
      cardForms
        .map(({ mediaType, version }) =>
          element(carddav('address-data-type'), '', ` content-type="${mediaType}" version="${version}"`),
        )
        .join(''),
  },
  {
    // §6.2.3
    name: carddav('max-resource-size'),
    appliesTo: ['addressbook'],
    get: (_resource, { limits }) => String(limits.maxResourceSize),
  },
  {
    // §8.3.1
    name: carddav('supported-collation-set'),
    appliesTo: ['addressbook'],
    get: () =>
      supportedCollations.map((collation) => element(carddav('supported-collation'), collation)).join(''),
  },
];
