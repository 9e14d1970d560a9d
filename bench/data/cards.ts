/** Made-up cards like those of a phone: names, mail, telephone, some with address, note, birthday or a small photo. */
import { pick, seededRandom, wholeNumber } from '../random.js';
import type { Random } from '../random.js';
import type { MadeObject } from './events.js';
import { folded } from './events.js';
import { companies, people, sentences, streets, towns } from './words.js';

/** What the query for an EMAIL that contains a text asks for; one card in a hundred has it. */
export const soughtEmail = 'kestrel';
const SOUGHT_EVERY = 100;

/** How many cards of an address book of that size have the sought mail address. */
export const soughtCards = (size: number): number => Math.ceil(size / SOUGHT_EVERY);

/** Card number `index`. */
export function makeCard(index: number): MadeObject {
  const random = seededRandom(index * 104_729 + 3);
  const domain = index % SOUGHT_EVERY === 0 ? `${soughtEmail}.example` : 'mail.example';
  const uid = `card-${index}-${Math.floor(random() * 2 ** 32).toString(16)}`;
  return { name: `card-${index}.vcf`, body: card(uid, `person${index}@${domain}`, index, random) };
}

/** A card that no address book has yet; `run` keeps apart what several workloads make. */
export function makeNewCard(run: string, index: number): MadeObject {
  const uid = `new-${run}-${index}`;
  const body = card(uid, `${uid}@mail.example`, index, seededRandom(index * 104_729 + 5));
  return { name: `${uid}.vcf`, body };
}

function card(uid: string, email: string, index: number, random: Random): string {
  const [given = '', family = ''] = pick(random, people).split(' ');
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'PRODID:-//Latchkey//Benchmark//EN',
    `UID:${uid}`,
    `FN:${given} ${family} ${index}`,
    `N:${family};${given};;;`,
    `EMAIL;TYPE=INTERNET,HOME:${email}`,
    ...(random() < 0.3 ? [`EMAIL;TYPE=INTERNET,WORK:${given.toLowerCase()}${index}@work.example`] : []),
    `TEL;TYPE=CELL:+1 555 ${String(wholeNumber(random, 10_000)).padStart(4, '0')}`,
    ...(random() < 0.4 ? [`ORG:${pick(random, companies)};`] : []),
    ...(random() < 0.4 ? [address(random)] : []),
    ...(random() < 0.2 ? [`BDAY:19${10 + wholeNumber(random, 89)}-0${1 + wholeNumber(random, 9)}-15`] : []),
    ...(random() < 0.2 ? [folded(`NOTE:${pick(random, sentences)}`)] : []),
    ...(random() < 0.05 ? [folded(`PHOTO;ENCODING=b;TYPE=JPEG:${photo(random)}`)] : []),
    'REV:2026-01-15T10:00:00Z',
    'END:VCARD',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function address(random: Random): string {
  const number = 1 + wholeNumber(random, 99);
  return `ADR;TYPE=HOME:;;${number} ${pick(random, streets)};${pick(random, towns)};;${10_000 + number};`;
}

/** Bytes that do not compress, as those of a picture; nobody looks at it. */
function photo(random: Random): string {
  const bytes = Uint8Array.from({ length: 3000 + wholeNumber(random, 3000) }, () => wholeNumber(random, 256));
  return Buffer.from(bytes).toString('base64');
}
