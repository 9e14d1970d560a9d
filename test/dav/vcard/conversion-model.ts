// Cards of both versions as programs write them, and as nobody would: what the property tests of conversions run over.
import fc from 'fast-check';
import { encodeParameter, escapeText } from './card-model.js';

const type3 = fc.constantFrom('HOME', 'work', 'pref', 'PREF', 'CELL', 'INTERNET', 'JPEG', 'PGP', 'image/png');
const type4 = fc.constantFrom('home', 'WORK', 'pref');
const text = fc.oneof(
  fc.constantFrom(
    '',
    'Anna',
    'a,b',
    'x;y',
    'back\\slash',
    'two\nlines',
    'Ä. Ö',
    '"quoted"',
    '^n',
    'http://x.example/',
  ),
  fc.string({ unit: fc.constantFrom('a', 'ß', ',', ';', '\\', '\n', ':', ' ', '^', '"'), maxLength: 6 }),
);
const escaped = text.map(escapeText);
const date = fc.constantFrom(
  '1985-04-12',
  '19850412',
  '1985-04-12T10:11:12Z',
  '19850412T101112-0500',
  '1985-04-12T10:11:12.5+01:00',
  '--0412',
  '--04-12',
  '1985-04',
  '1985',
  '---12',
  '--04',
  'T102200',
  '1604-02-29',
  '1985-13-12',
  'circa 1800',
  '',
);
const uri = fc.constantFrom(
  'http://x.example/a,b;c',
  'http\\://x.example/',
  'www.x.example',
  'a\\\\b:c',
  'urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1',
  'tel:+1-418-656-9254;ext=102',
  '',
);
const media = fc.constantFrom('/9j/4AAQ', 'iVBORw0KGgo=', 'AAEC', 'http://x.example/p.jpg', '', 'QUJ DRA==');

const plain = fc.constantFrom(
  'NICKNAME',
  'CATEGORIES',
  'NOTE',
  'TITLE',
  'ORG',
  'EMAIL',
  'X-ABLABEL',
  'X-COLOUR',
);
const named = (
  names: readonly string[],
  value: fc.Arbitrary<string>,
): fc.Arbitrary<readonly [string, string]> => fc.tuple(fc.constantFrom(...names), value);
const shared = [
  fc.tuple(plain, escaped),
  named(['BDAY', 'DEATHDATE', 'REV'], date),
  named(['UID'], fc.oneof(uri, escaped)),
  named(['URL', 'IMPP', 'SOURCE', 'CALURI', 'KEY'], uri),
  named(['TEL'], fc.oneof(escaped, uri)),
  named(['PHOTO', 'LOGO', 'SOUND', 'KEY'], media),
  named(['ADR'], fc.constantFrom(';;Main St.;Town;;1;X', ';;;;;;', ';;a,b;;;;')),
  named(['N'], fc.constantFrom('Boo;Anna;;;', ';;;;', 'a\\;b;c,d;;;')),
  named(['TZ'], fc.constantFrom('-05:00', '-0500', '+01', 'Raleigh/North America', '1:00')),
] as const;

const line3 = fc.oneof(
  ...shared,
  named(['LABEL', 'SORT-STRING', 'CLASS', 'AGENT', 'MAILER'], escaped),
  named(['GEO'], fc.constantFrom('37.38;-122.08', '37.38\\;-122.08', 'geo:1,2', 'nowhere')),
  named(['X-ANNIVERSARY', 'ANNIVERSARY'], date),
  named(['X-ADDRESSBOOKSERVER-KIND', 'KIND'], fc.constantFrom('group', 'org')),
  named(['X-ADDRESSBOOKSERVER-MEMBER'], uri),
  named(['X-GENDER', 'GENDER'], fc.constantFrom('M', 'F;grrrl')),
);
const line4 = fc.oneof(
  ...shared,
  named(['GEO'], fc.constantFrom('geo:37.38,-122.08', 'geo:1,2,3', 'geo:1,2;u=10')),
  named(['TZ;VALUE=utc-offset'], fc.constantFrom('-0500', '+01', 'x')),
  named(['ANNIVERSARY'], date),
  named(['KIND'], fc.constantFrom('group', 'individual')),
  named(['MEMBER', 'RELATED'], uri),
  named(
    ['PHOTO', 'KEY'],
    fc.constantFrom(
      'data:image/jpeg;base64,/9j/4AAQ',
      'data:application/pgp-keys;base64,AAEC',
      'data:image/svg+xml;charset=utf-8;base64,AAEC',
      'data:,hello',
    ),
  ),
  named(['GENDER', 'LANG', 'X-GENDER'], fc.constantFrom('M', 'fr')),
);

const several = (type: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.uniqueArray(type, { maxLength: 3 }));
const more3 = fc.constantFrom(
  '',
  '',
  '',
  ';ENCODING=b',
  ';ENCODING=BASE64',
  ';VALUE=uri',
  ';VALUE=text',
  ';VALUE=date',
  ';X-APPLE-OMIT-YEAR=1604',
  ';CHARSET=utf-8',
  ';SORT-AS=x',
  ';LABEL=Street 1^n2',
);
const more4 = fc.constantFrom(
  '',
  '',
  '',
  ';VALUE=uri',
  ';VALUE=text',
  ';MEDIATYPE=image/png',
  ';SORT-AS=x',
  ';SORT-AS=x,y',
  ';LABEL="Street, 1^n2"',
  ';PREF=1',
  ';PREF=2',
  ';PREF=x',
  ';ALTID=1',
);
const group = fc.constantFrom('', '', 'item1.', 'G.');

const lineOf = (
  body: fc.Arbitrary<readonly [string, string]>,
  types: fc.Arbitrary<readonly string[]>,
  more: fc.Arbitrary<string>,
): fc.Arbitrary<string> =>
  fc.tuple(group, body, types, more).map(([prefix, [name, value], listed, parameters]) => {
    const type = listed.length === 0 ? '' : `;TYPE=${listed.map(encodeParameter).join(',')}`;
    return `${prefix}${name}${type}${parameters}:${value}`;
  });

const cardOf = (version: string, lines: readonly string[]): string => {
  let hasUid = false;
  const kept = lines.filter((line) => {
    if (!/^(?:[^.:]+\.)?UID[;:]/.test(line)) return true;
    const first = !hasUid;
    hasUid = true;
    return first;
  });
  return [
    'BEGIN:VCARD',
    `VERSION:${version}`,
    'FN:A. Person',
    'N:Person;A.;;;',
    ...kept,
    'END:VCARD',
    '',
  ].join('\r\n');
};

/** Cards in version 3.0, with what is old, wrong or Apple's among them. */
export const card3 = fc
  .array(lineOf(line3, several(type3), more3), { maxLength: 8 })
  .map((lines) => cardOf('3.0', lines));
/** Cards in version 4.0. */
export const card4 = fc
  .array(lineOf(line4, several(type4), more4), { maxLength: 8 })
  .map((lines) => cardOf('4.0', lines));
