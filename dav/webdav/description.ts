/** The descriptions of calendars and address books, with their language (RFC 4791 §5.2.1; RFC 6352 §6.2.1). */
import type { CollectionProperties } from '../../storage/index.js';
import type { Resource } from '../resources/resource.js';
import { isCollection } from '../resources/resource.js';
import type { XmlElement } from '../xml/element.js';
import { name } from '../xml/names.js';
import { escapeAttribute, XML_NAMESPACE } from '../xml/write.js';
import { textValue } from './text-value.js';

const languageKey = name(XML_NAMESPACE, 'lang');
const MAX_CHARACTERS = 16 * 1024;
const MAX_LANGUAGE = 100;

/** What setting or removing it changes. @throws DavError as `textValue` */
export function description(value: XmlElement | undefined): Partial<CollectionProperties> {
  const language = value?.attributes.get(languageKey);
  return {
    description: textValue(value, MAX_CHARACTERS),
    descriptionLanguage: language === undefined || language.length > MAX_LANGUAGE ? null : language,
  };
}

/** The written xml:lang of a description that has one. */
export function descriptionLanguage(resource: Resource): string {
  const language = isCollection(resource) ? resource.collection.descriptionLanguage : null;
  return language === null ? '' : ` xml:lang="${escapeAttribute(language)}"`;
}
