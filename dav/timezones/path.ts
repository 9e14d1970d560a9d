/** Where the time zone service is, and what an address in it means (RFC 7808 §5). */

/** The context path (§4.2.1), to which the well-known address leads. */
export const servicePath = '/dav/timezones';

export type TimezonePath =
  | { readonly action: 'capabilities' | 'leapseconds' | 'zones' | 'nothing' }
  | { readonly action: 'get' | 'expand'; readonly tzid: string };

/** What a path names; undefined for one outside the service. */
export function parseTimezonePath(path: string): TimezonePath | undefined {
  if (path !== servicePath && !path.startsWith(`${servicePath}/`)) return undefined;
  const [first, ...rest] = path.slice(servicePath.length + 1).split('/');
  if (rest.length === 0) {
    return first === 'capabilities' || first === 'leapseconds' || first === 'zones'
      ? { action: first }
      : { action: 'nothing' };
  }
  if (first !== 'zones') return { action: 'nothing' };
  const expand = rest.length > 1 && rest.at(-1) === 'observances';
  // The slash in a name is %2F; proxies may have decoded it.
  const tzid = decoded((expand ? rest.slice(0, -1) : rest).join('/'));
  return tzid === undefined ? { action: 'nothing' } : { action: expand ? 'expand' : 'get', tzid };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
