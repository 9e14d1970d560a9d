/** Proactive negotiation (RFC 9110 §12.5.1): which of the forms that a resource can take a client would rather have. */

/** A form that a resource can be sent in. */
export interface Representation {
  /** In lower case, such as `text/vcard`. */
  readonly mediaType: string;
  readonly version: string;
}

interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  /** Of the format; the only parameter besides `q` that tells forms apart here. */
  readonly version: string | undefined;
  readonly quality: number;
}

/** How a form is wanted. */
export interface Wanted {
  /** 0 for not at all, 1 for gladly. */
  readonly quality: number;
  /** Whether a range names its media type, rather than `*` for all of it or for a part. */
  readonly named: boolean;
  /** Whether a range names its version too. */
  readonly versioned: boolean;
}

const MAX_RANGES = 50;

/** The ranges of an Accept header; undefined where there is none, and everything is welcome. */
function readAccept(header: string | undefined): readonly MediaRange[] | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  return header.split(',', MAX_RANGES).flatMap((written) => {
    const [range = '', ...parameters] = written.split(';').map((part) => part.trim().toLowerCase());
    const [type = '', subtype = ''] = range.split('/');
    if (type === '' || subtype === '') return [];
    const valueOf = (name: string): string | undefined =>
      parameters
        .find((parameter) => parameter.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .replaceAll('"', '');
    const quality = Number(valueOf('q') ?? '1');
    const bounded = quality >= 0 && quality <= 1 ? quality : 0;
    return [{ type, subtype, version: valueOf('version'), quality: bounded }];
  });
}

/** What the header says of each form: the range that fits it most closely counts. */
export function wantedOf(header: string | undefined): (form: Representation) => Wanted {
  const ranges = readAccept(header);
  if (ranges === undefined) return () => ({ quality: 1, named: false, versioned: false });
  return ({ mediaType, version }) => {
    const [type = '', subtype = ''] = mediaType.split('/');
    let closest = -1;
    let quality = 0;
    for (const range of ranges) {
      const closeness = closenessOf(range, type, subtype, version);
      if (closeness < closest || closeness === -1) continue;
      quality = closeness === closest ? Math.max(quality, range.quality) : range.quality;
      closest = closeness;
    }
    return { quality, named: closest >= 2, versioned: closest === 3 };
  };
}

function closenessOf(range: MediaRange, type: string, subtype: string, version: string): number {
  if (range.type === '*') return range.subtype === '*' ? 0 : -1;
  if (range.type !== type) return -1;
  if (range.subtype === '*') return 1;
  if (range.subtype !== subtype) return -1;
  if (range.version === undefined) return 2;
  return range.version === version ? 3 : -1;
}
