/** Cards at PUT: the preconditions of RFC 6352 §6.3.2.1 that need no storage. */
import {
  AddressDataError,
  CARD_INDEX_VERSION,
  defaultCardLimits,
  indexCard,
  parseCard,
} from '../vcard/index.js';
import type { Card } from '../vcard/index.js';
import { DavError } from '../http/errors.js';
import { isUtf8, mediaTypeOf } from '../http/media-type.js';
import type { ObjectIndex } from '../../storage/index.js';
import type { Submission } from '../submission.js';
import { carddav } from '../xml/names.js';

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

/** The index of a card, in the shape that storage keeps. */
export function cardIndex(card: Card): ObjectIndex {
  return {
    firstStart: null,
    lastEnd: null,
    windowStart: null,
    windowEnd: null,
    unbounded: false,
    floating: false,
    spans: [],
    version: CARD_INDEX_VERSION,
    properties: indexCard(card),
  };
}
