/** Cards at PUT: the preconditions of RFC 6352 §6.3.2.1 that need no storage. */
import { AddressDataError, cardForms, cardOfForm, defaultCardLimits, parseCard } from '../vcard/index.js';
import { DavError } from '../http/errors.js';
import { isUtf8, mediaTypeOf } from '../http/media-type.js';
import type { Submission } from '../submission.js';
import { carddav } from '../xml/names.js';
import { mediaTypeOfCard, nameOfForm } from './forms.js';
import { cardIndex } from './indexing.js';

/**
 * Reads a card that is to be stored. A jCard or an xCard becomes a vCard 4.0, since text is what is stored.
 * @throws DavError 403 with the precondition element that the data fails
 */
export function readCardSubmission(body: Uint8Array, contentType: string | undefined): Submission {
  const media = mediaTypeOf(contentType);
  const mediaType = media === undefined ? 'text/vcard' : mediaTypeOfCard(media.type);
  if (mediaType === undefined || !isUtf8(media?.charset)) {
    const taken = cardForms.map(nameOfForm).join(', ');
    throw new DavError(403, `An address book takes ${taken} in UTF-8, not ${media?.type ?? 'this'}.`, {
      precondition: carddav('supported-address-data'),
    });
  }
  try {
    const converted = mediaType === 'text/vcard' ? undefined : cardOfForm(body, mediaType);
    const card = parseCard(converted ?? body, defaultCardLimits);
    return {
      uid: card.uid,
      component: 'VCARD',
      version: card.version,
      ...(converted === undefined ? {} : { converted }),
      index: () => cardIndex(card),
    };
  } catch (error) {
    if (!(error instanceof AddressDataError)) throw error;
    throw new DavError(403, error.message, { precondition: carddav(error.precondition) });
  }
}
