/**
 * What a URL path names, before anything is looked up: a union over the fixed layout below `/dav/`.
 * Paths are decoded once; what cannot be a name of ours is refused here (docs/architecture.md).
 */
export type Home = 'calendars' | 'addressbooks';

export type DavPath =
  | { readonly kind: 'root' }
  | { readonly kind: 'dav' }
  | { readonly kind: 'principals' }
  | { readonly kind: 'homes'; readonly home: Home }
  | { readonly kind: 'principal'; readonly account: string }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'home'; readonly home: Home; readonly account: string }
  | { readonly kind: 'collection'; readonly home: Home; readonly account: string; readonly name: string }
  | {
      readonly kind: 'object';
      readonly home: Home;
      readonly account: string;
      readonly collection: string;
      readonly name: string;
    }
  /** Deeper than anything can be: inside an object. */
  | { readonly kind: 'beyond' }
  /** Well-formed, but nothing can be there. */
  | { readonly kind: 'nothing' };

const MAX_SEGMENT_BYTES = 255;
// eslint would rather see no control characters in a pattern; names must not have any, so they are written as escapes.
const forbidden = new RegExp('[\\u0000-\\u001f\\u007f/\\\\\\ufffe\\uffff]');

/**
 * Reads a path such as `/dav/calendars/alice/work/1.ics`. A missing slash at the end of a collection makes no
 * difference. `undefined` for a path that is malformed: bad percent-encoding or UTF-8, `.` and `..`, encoded
 * slashes, control characters, overlong segments.
 */
export function parsePath(path: string): DavPath | undefined {
  const segments = decodeSegments(path);
  if (segments === undefined) return undefined;
  const [top, area, account, collection, object, ...more] = segments;
  if (top === undefined) return { kind: 'root' };
  // Old macOS looks for principals there; the answer is the same container.
  if (top === 'principals' && area === undefined) return { kind: 'principals' };
  if (top !== 'dav') return { kind: 'nothing' };
  if (area === undefined) return { kind: 'dav' };
  if (area === 'principals') {
    if (account === undefined) return { kind: 'principals' };
    if (collection !== undefined) return { kind: 'nothing' };
    // No account's name begins so.
    return account.startsWith('@')
      ? { kind: 'group', group: account.slice(1) }
      : { kind: 'principal', account };
  }
  if (area !== 'calendars' && area !== 'addressbooks') return { kind: 'nothing' };
  if (account === undefined) return { kind: 'homes', home: area };
  if (collection === undefined) return { kind: 'home', home: area, account };
  if (object === undefined) return { kind: 'collection', home: area, account, name: collection };
  if (more.length > 0) return { kind: 'beyond' };
  return { kind: 'object', home: area, account, collection, name: object };
}

function decodeSegments(path: string): string[] | undefined {
  const end = path.search(/[?#]/);
  const raw = (end === -1 ? path : path.slice(0, end)).split('/');
  if (raw.shift() !== '') return undefined;
  if (raw.at(-1) === '') raw.pop();
  const segments: string[] = [];
  for (const part of raw) {
    const segment = decodeSegment(part);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return segments;
}

function decodeSegment(part: string): string | undefined {
  let segment = part;
  if (part.includes('%')) {
    try {
      segment = decodeURIComponent(part);
    } catch {
      return undefined;
    }
  }
  return isSegment(segment) ? segment : undefined;
}

/** Whether something can be named so. */
export function isSegment(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || forbidden.test(name)) return false;
  return Buffer.byteLength(name) <= MAX_SEGMENT_BYTES;
}

/**
 * One path segment percent-encoded, in the one form that hrefs are written in: `@` stays as it is (clients compare
 * `%40` and `@` decoded, iCloud taught them to).
 */
export function encodeSegment(segment: string): string {
  // Nearly every name is of these letters alone.
  if (unreserved.test(segment)) return segment;
  return encodeURIComponent(segment).replaceAll('%40', '@').replaceAll("'", '%27');
}
const unreserved = /^[\w.@~-]*$/;

export const principalPath = (account: string): string => `/dav/principals/${encodeSegment(account)}/`;
export const groupPath = (group: string): string => principalPath(`@${group}`);
export const homePath = (home: Home, account: string): string => `/dav/${home}/${encodeSegment(account)}/`;
export const collectionPath = (home: Home, account: string, name: string): string =>
  `${homePath(home, account)}${encodeSegment(name)}/`;

/**
 * The path of an href in a request body or a Destination: an absolute URL or a path. The host of an absolute URL is
 * not compared, since a proxy may have changed it and the path alone decides what is looked up.
 */
export function pathOfHref(href: string): string | undefined {
  const trimmed = href.trim();
  if (trimmed.startsWith('/')) return trimmed.startsWith('//') ? undefined : trimmed;
  const match = /^https?:\/\/[^/?#]*(\/[^?#]*)?/i.exec(trimmed);
  return match === null ? undefined : (match[1] ?? '/');
}

/** The collection around a path. */
export const parentPath = (path: string): string => path.replace(/[^/]+\/?$/, '');
