/** Which login passwords are taken. Length and commonness count, not which kinds of characters (NIST SP 800-63B). */
import { createRequire } from 'node:module';
import type * as CommonPasswordList from 'fxa-common-password-list';
import type { PasswordWeakness } from './contract.js';
import { AuthError } from './errors.js';
import { foldName } from './names.js';

export const minPasswordLength = 12;
export const maxPasswordBytes = 1_024;

const sentences: Readonly<Record<PasswordWeakness, string>> = {
  'password-too-short': 'A password has at least 12 characters.',
  'password-too-long': 'A password has at most 1,024 bytes.',
  'password-common': 'This password is among those that are guessed first. Choose another.',
  'password-is-name':
    'A password must not be made of the name, or of words such as “latchkey” and “calendar”.',
};

let commonPasswords: typeof CommonPasswordList | undefined;

/** The list takes a moment to unpack, so it is loaded when the first password is chosen. */
function isListed(password: string): boolean {
  commonPasswords ??= createRequire(import.meta.url)('fxa-common-password-list') as typeof CommonPasswordList;
  return commonPasswords.test(password);
}

/** The form in which passwords are hashed and compared: letters by NFC, nothing else changed. */
export const passwordBytes = (password: string): Buffer => Buffer.from(password.normalize('NFC'), 'utf8');

/** What is wrong with a new password, or nothing. */
export function weaknessOf(password: string, name: string): PasswordWeakness | undefined {
  const text = password.normalize('NFC');
  if (Buffer.byteLength(text) > maxPasswordBytes) return 'password-too-long';
  if (Array.from(text).length < minPasswordLength) return 'password-too-short';
  if (isName(text, name)) return 'password-is-name';
  if (isCommon(text)) return 'password-common';
  return undefined;
}

/** @throws AuthError password-too-short, password-too-long, password-common, password-is-name */
export function checkPassword(password: string, name: string): void {
  const weakness = weaknessOf(password, name);
  if (weakness !== undefined) throw new AuthError(weakness, sentences[weakness]);
}

/** The words that come to mind in front of this server (ASVS 6.1.2), whatever stands between and behind them. */
const wordsOfThePlace = ['latchkey', 'caldav', 'carddav', 'calendars', 'calendar', 'contacts', 'addressbook'];

/** Nothing but the name and words of the place, once or several times over, with digits and signs around them. */
function isName(text: string, name: string): boolean {
  const words = [foldName(name), ...wordsOfThePlace].filter((word) => word !== '');
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), foldName(text));
  return rest === '' || (rest !== foldName(text) && /^[\d\s\p{P}\p{S}]*$/u.test(rest));
}

/** On the list as it stands, in lower case, with a short tail of digits and signs, or as a repetition. */
function isCommon(text: string): boolean {
  const lower = text.toLowerCase();
  const withoutTail = lower.replace(/[\d\p{P}\p{S}]{1,4}$/u, '');
  const unit = /^(.{1,64}?)\1+$/su.exec(lower)?.[1];
  if (unit !== undefined && (unit.length < minPasswordLength / 2 || isListed(unit))) return true;
  return isListed(text) || isListed(lower) || isListed(withoutTail);
}
