// Pictures, sounds and keys: `ENCODING=b` in vCard 3.0 (RFC 2426 §2.4.1), a data: URI (RFC 2397) in vCard 4.0 (RFC 6350 §6.2.4).
import { hasType, parameterOf, withParameters, type CardLine } from '../card-line.js';

/** Properties whose value is bytes in 3.0 unless VALUE says otherwise. */
export const mediaProperties: ReadonlySet<string> = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY']);

const noMedia: ReadonlySet<string> = new Set(['HOME', 'WORK', 'PREF']);
const keyTypes: ReadonlyMap<string, string> = new Map([
  ['PGP', 'application/pgp-keys'],
  ['X509', 'application/pkix-cert'],
]);
const unknownMedia = 'application/octet-stream';
/** How the bytes of pictures begin, in base64, for cards that do not say what they hold. */
const beginnings: readonly (readonly [string, string])[] = [
  ['/9j/', 'image/jpeg'],
  ['iVBORw0KGgo', 'image/png'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];

/** Whether the value is bytes in base64, and not only said to be. */
export function isBase64(line: CardLine): boolean {
  const encoding = parameterOf(line, 'ENCODING');
  return (encoding === 'b' || encoding === 'base64') && /^\s*[A-Za-z0-9+/=][A-Za-z0-9+/=\s]*$/.test(line.raw);
}

/** From base64 to a data: URI. The type of the media moves from TYPE into the URI. */
export function toDataUri(line: CardLine): CardLine {
  const { raw, parameters } = line;
  const rest = withParameters(parameters, { ENCODING: undefined, VALUE: undefined });
  const base64 = /\s/.test(raw) ? raw.replace(/\s+/g, '') : raw;
  const { media, types } = mediaOf(line);
  const found = media ?? beginnings.find(([begin]) => base64.startsWith(begin))?.[1] ?? unknownMedia;
  return {
    ...line,
    raw: `data:${found};base64,${base64}`,
    parameters: withParameters(rest, { TYPE: types, MEDIATYPE: undefined }),
  };
}

/** From a data: URI to base64; any other URI is marked as one. */
export function fromDataUri(line: CardLine): CardLine {
  const found = readDataUri(line.raw);
  const isMedia = mediaProperties.has(line.name);
  if (found === undefined) {
    if (!isMedia) return line;
    const named = nameMedia(line, parameterOf(line, 'MEDIATYPE'));
    return { ...named, parameters: withParameters(named.parameters, { VALUE: ['uri'] }) };
  }
  const named = nameMedia(line, found.media);
  return {
    ...named,
    raw: found.base64,
    parameters: withParameters(named.parameters, { VALUE: undefined, ENCODING: ['b'] }),
  };
}

/** The type of the media of a 3.0 property moves from TYPE to MEDIATYPE, for values that are not in the card. */
export function moveMediaType(line: CardLine): CardLine {
  const { media, types } = mediaOf(line);
  if (media === undefined) return line;
  return { ...line, parameters: withParameters(line.parameters, { TYPE: types, MEDIATYPE: [media] }) };
}

/** What TYPE or MEDIATYPE say of the media, and the types that say something else. */
function mediaOf(line: CardLine): { readonly media: string | undefined; readonly types: readonly string[] } {
  const types = line.parameters.get('TYPE') ?? [];
  const explicit = line.parameters.get('MEDIATYPE')?.[0];
  if (explicit !== undefined) return { media: explicit, types };
  const at = types.findIndex((type) => type !== '' && !noMedia.has(type.toUpperCase()));
  const media = types[at] === undefined ? undefined : fullMediaType(line.name, types[at]);
  return media === undefined
    ? { media, types }
    : { media, types: types.filter((_type, index) => index !== at) };
}

function fullMediaType(property: string, type: string): string | undefined {
  if (/^[\w.+-]+\/[\w.+-]+$/.test(type)) return type.toLowerCase();
  if (!/^[\w.+-]+$/.test(type)) return undefined;
  switch (property) {
    case 'PHOTO':
    case 'LOGO':
      return `image/${type.toLowerCase()}`;
    case 'SOUND':
      return `audio/${type.toLowerCase()}`;
    case 'KEY':
      return keyTypes.get(type.toUpperCase());
    default:
      return undefined;
  }
}

/** Says what the media is in the way of 3.0: by a short TYPE where there is one. */
function nameMedia(line: CardLine, media: string | undefined): CardLine {
  if (media === undefined) return line;
  const short = shortMediaType(line.name, media);
  const changes =
    short === undefined
      ? { MEDIATYPE: [media] }
      : {
          MEDIATYPE: undefined,
          TYPE: [
            ...(hasType(line, short.toLowerCase()) ? [] : [short]),
            ...(line.parameters.get('TYPE') ?? []),
          ],
        };
  return { ...line, parameters: withParameters(line.parameters, changes) };
}

function shortMediaType(property: string, media: string): string | undefined {
  if (property === 'KEY') return [...keyTypes].find(([, full]) => full === media)?.[0];
  const [top, subtype = ''] = media.split('/');
  const wanted = property === 'SOUND' ? 'audio' : 'image';
  const fits = mediaProperties.has(property) && top === wanted && /^[a-z0-9-]+$/.test(subtype);
  return fits && !noMedia.has(subtype.toUpperCase()) ? subtype.toUpperCase() : undefined;
}

/** The parts of a data: URI in base64 without parameters of its media type; undefined for any other URI. */
function readDataUri(uri: string): { readonly media: string; readonly base64: string } | undefined {
  const match = /^data:([\w.+-]+\/[\w.+-]+)?;base64,/i.exec(uri.slice(0, 200));
  if (match === null) return undefined;
  return { media: match[1]?.toLowerCase() ?? unknownMedia, base64: uri.slice(match[0].length) };
}
