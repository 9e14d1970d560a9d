// What the names of vCard properties mean for searching.

/** Properties whose value is a list of texts (RFC 6350 §6.2.3, §6.7.1; RFC 2426 §3.1.3, §3.6.1). */
export function isListProperty(name: string): boolean {
  return name === 'NICKNAME' || name === 'CATEGORIES';
}

/** The properties that the index holds: what people search by. */
const indexedNames = [
  'CATEGORIES',
  'EMAIL',
  'FN',
  'IMPP',
  'KIND',
  'N',
  'NICKNAME',
  'NOTE',
  'ORG',
  'TEL',
  'TITLE',
  'UID',
  'URL',
] as const;

export type IndexedPropertyName = (typeof indexedNames)[number];

const indexedPropertyNames: ReadonlySet<string> = new Set(indexedNames);

export function isIndexed(name: string): name is IndexedPropertyName {
  return indexedPropertyNames.has(name);
}

/**
 * Group and name in the `name` attribute of CARDDAV:prop and CARDDAV:prop-filter (RFC 6352 §10.4.2, §10.5.1): `TEL` is in
 * any group or none, `X-ABC.TEL` in that group only.
 */
export function parsePropertyName(attribute: string): { group: string | undefined; name: string } {
  const dot = attribute.indexOf('.');
  return dot === -1
    ? { group: undefined, name: attribute.toUpperCase() }
    : { group: attribute.slice(0, dot), name: attribute.slice(dot + 1).toUpperCase() };
}
