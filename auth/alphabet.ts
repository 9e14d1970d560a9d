/**
 * Secrets that people type: Crockford's base 32 in lower case. It has no i, l, o and u; what is typed as i, l or o is
 * read as the digit that it looks like.
 */
import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** The value of each letter by its code; nothing of the alphabet has none. */
const values: readonly (number | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const value = alphabet.indexOf(String.fromCharCode(code));
  return value === -1 ? undefined : value;
});
// Spaces, and the dashes that phones put in the place of a typed one.
const separators = /[\s\u00ad\u200b\u2010-\u2015\u2212\ufeff-]+/gu;

/** Random characters of 5 bits each. */
export function randomText(length: number): string {
  // A byte has 8 bits of which 5 are taken, so that each letter is equally likely.
  return Array.from(randomBytes(length), (byte) => alphabet.charAt(byte & 31)).join('');
}

/** What a person typed, without the differences that do not count: case, spaces, dashes, look-alikes. */
export function canonicalText(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(separators, '')
    .toLowerCase()
    .replace(/[il]/g, '1')
    .replaceAll('o', '0');
}

/** In groups with dashes, for reading. */
export function grouped(text: string, size: number): string {
  return (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join('-');
}

/** Multiplies by x in GF(32) = GF(2)[x]/(x⁵ + x² + 1), where x generates all 31 elements that are not zero. */
const timesX = (value: number): number => ((value << 1) ^ (value & 16 ? 0b100101 : 0)) & 31;

/**
 * The sum of dᵢ·xⁱ, counted from the right by Horner's rule; nothing for text that is not of the alphabet. Powers of x
 * differ within 31 places, so that one wrong letter, or any two that changed places, change the sum.
 */
function checkSum(text: string): number | undefined {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) {
    const value = values[text.charCodeAt(at)];
    if (value === undefined) return undefined;
    sum = timesX(sum) ^ value;
  }
  return sum;
}

/** Text of the alphabet, at most 30 letters, with its check character behind it. */
export function withCheck(text: string): string {
  const sum = checkSum(`${text}0`);
  if (sum === undefined) throw new RangeError('Only letters of the alphabet can have a check character');
  return text + alphabet.charAt(sum);
}

/** Whether a text's last character is the check character of the others. */
export const hasCheck = (text: string): boolean => checkSum(text) === 0;
/** Whether every character is of the alphabet. */
export const isOfAlphabet = (text: string): boolean => checkSum(text) !== undefined;
