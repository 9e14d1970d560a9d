/** What CALDAV:text-match and CARDDAV:text-match share (RFC 4791 §9.7.5; RFC 6352 §10.5.4). */
import type { Collation } from '../collation/index.js';
import { resolveCollation } from '../collation/index.js';
import type { XmlElement } from '../xml/element.js';
import { text } from '../xml/element.js';
import type { Name } from '../xml/names.js';
import { badRequest, DavError } from './errors.js';

export interface TextMatchRequest {
  readonly collation: Collation;
  readonly negate: boolean;
  readonly value: string;
}

/** Characters: the text is folded again for every object that it is compared with. */
const MAX_LENGTH = 4096;

/** @throws DavError 403 with `supportedCollation` for a collation that is not advertised, 400 for too long a text */
export function readTextMatch(
  element: XmlElement,
  fallback: Collation,
  supportedCollation: Name,
): TextMatchRequest {
  const asked = element.attributes.get('collation');
  const collation = resolveCollation(asked, fallback);
  if (collation === undefined) {
    throw new DavError(403, `The collation ${JSON.stringify(asked)} is not supported.`, {
      precondition: supportedCollation,
    });
  }
  const value = text(element);
  if (value.length > MAX_LENGTH) throw badRequest(`A text-match may have at most ${MAX_LENGTH} characters.`);
  return { collation, negate: element.attributes.get('negate-condition') === 'yes', value };
}
