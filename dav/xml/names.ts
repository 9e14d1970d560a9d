/**
 * XML names in Clark notation, `{namespace}local`, as constants: the one spelling used in maps, comparisons and
 * registries.
 */
export type Name = `{${string}}${string}`;

export const DAV_NAMESPACE = 'DAV:';
export const CALDAV_NAMESPACE = 'urn:ietf:params:xml:ns:caldav';
export const CARDDAV_NAMESPACE = 'urn:ietf:params:xml:ns:carddav';
/** ctag and other extensions of Apple's Calendar Server. */
export const CALENDARSERVER_NAMESPACE = 'http://calendarserver.org/ns/';
/** Colour and order, as Apple's Calendar sets them and everybody else reads them. */
export const APPLE_ICAL_NAMESPACE = 'http://apple.com/ns/ical/';
/** Our own: the sentence inside a DAV:error. */
export const LATCHKEY_NAMESPACE = 'urn:latchkey';

export const name = (namespace: string, local: string): Name => `{${namespace}}${local}`;
export const dav = (local: string): Name => name(DAV_NAMESPACE, local);
export const caldav = (local: string): Name => name(CALDAV_NAMESPACE, local);
export const carddav = (local: string): Name => name(CARDDAV_NAMESPACE, local);
export const calendarServer = (local: string): Name => name(CALENDARSERVER_NAMESPACE, local);
export const appleIcal = (local: string): Name => name(APPLE_ICAL_NAMESPACE, local);

/** The two parts of a name. */
export function splitName(clark: Name): { readonly namespace: string; readonly local: string } {
  const end = clark.lastIndexOf('}');
  return { namespace: clark.slice(1, end), local: clark.slice(end + 1) };
}
