/** Cards at PUT: the preconditions of RFC 6352 §6.3.2.1 that need no storage. */
import { AddressDataError, defaultCardLimits, parseCard } from '../vcard/index.js';
import { DavError } from '../http/errors.js';
import { isUtf8, mediaTypeOf } from '../http/media-type.js';
import type { Submission } from '../submission.js';
import { carddav } from '../xml/names.js';
import { cardIndex } from './indexing.js';

/** text/vcard, and the names it had before RFC 6350. */
const mediaTypes: ReadonlySet<string> = new Set(['text/vcard', 'text/x-vcard', 'text/directory']);

/**
 * Reads a card that is to be stored.
 * @throws DavError 403 with the precondition element that the data fails
 */
export function readCardSubmission(body: Uint8Array, contentType: string | undefined): Submission {
  const media = mediaTypeOf(contentType);
  if (media !== undefined && (!mediaTypes.has(media.type) || !isUtf8(media.charset))) {
    throw new DavError(403, `An address book takes text/vcard in UTF-8, not ${media.type}.`, {
      precondition: carddav('supported-address-data'),
    });
  }
  try {
    const card = parseCard(body, defaultCardLimits);
    return { uid: card.uid, component: 'VCARD', version: card.version, index: () => cardIndex(card) };
  } catch (error) {
    if (!(error instanceof AddressDataError)) throw error;
    throw new DavError(403, error.message, { precondition: carddav(error.precondition) });
  }
}
