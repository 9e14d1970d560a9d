/** Property values that are plain text: bounded, and what the client sees back is what it sent. */
import { DavError } from '../http/errors.js';
import type { XmlElement } from '../xml/element.js';
import { children, text } from '../xml/element.js';

/**
 * The text of a property that is being set; null where it is being removed.
 * @throws DavError 409 for elements where text belongs, 507 for more text than a property keeps
 */
export function textValue(value: XmlElement | undefined, maxCharacters = 4096): string | null {
  if (value === undefined) return null;
  if (children(value).length > 0)
    throw new DavError(409, 'The value of this property is text, not elements.');
  const given = text(value);
  if (given.length > maxCharacters) {
    throw new DavError(507, `The value of this property may have at most ${maxCharacters} characters.`);
  }
  return given;
}
