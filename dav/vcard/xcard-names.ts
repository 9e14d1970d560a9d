// The elements of xCard that have no name in vCard (RFC 6351 appendix A), and the types of parameters (RFC 6350 §5).

export const XCARD_NAMESPACE = 'urn:ietf:params:xml:ns:vcard-4.0';

/** The components of structured values, by position. */
export const componentNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['N', ['surname', 'given', 'additional', 'prefix', 'suffix']],
  ['ADR', ['pobox', 'ext', 'street', 'locality', 'region', 'code', 'country']],
  ['GENDER', ['sex', 'identity']],
  ['CLIENTPIDMAP', ['sourceid', 'uri']],
]);

/** The value types of parameters; others are `unknown`. */
export const parameterTypes: ReadonlyMap<string, string> = new Map([
  ['LANGUAGE', 'language-tag'],
  ['PREF', 'integer'],
  ['ALTID', 'text'],
  ['PID', 'text'],
  ['TYPE', 'text'],
  ['MEDIATYPE', 'text'],
  ['CALSCALE', 'text'],
  ['SORT-AS', 'text'],
  ['GEO', 'uri'],
  ['TZ', 'text'],
  ['LABEL', 'text'],
  ['CC', 'text'],
  ['INDEX', 'integer'],
  ['LEVEL', 'text'],
]);
