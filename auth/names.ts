/** Login names and mail addresses: what they may be, and when two are the same. */
import { AuthError } from './errors.js';

const maxNameLength = 64;
const maxMailLength = 254;

/** The form in which names are compared: letter case and compatibility forms (full-width letters) do not count. */
export function foldName(name: string): string {
  // Upper case first: it brings letters together that have two lower-case forms, such as the Greek sigma.
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC');
}

/** That of the names of an account which is meant, as it is spelled; the first where it is none of them. */
export function spellingOf(names: readonly string[], given: string): string {
  const key = foldName(given);
  const same = names.find((name) => name === given) ?? names.find((name) => foldName(name) === key);
  return same ?? names[0] ?? given;
}

/**
 * A login name as it is kept: 1 to 64 letters, digits, `.`, `_`, `-`, beginning with a letter or digit.
 * @throws AuthError name-invalid
 */
export function parseName(text: string): string {
  const name = text.trim().normalize('NFC');
  if (/^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]*$/u.test(name) && Array.from(name).length <= maxNameLength)
    return name;
  throw new AuthError(
    'name-invalid',
    'A name has 1 to 64 letters, digits, dots, dashes or underscores, and begins with a letter or digit.',
  );
}

/**
 * A mail address as it is kept. Checked as far as typing mistakes go; whether it exists only a message can tell.
 * @throws AuthError mail-invalid
 */
export function parseMail(text: string): string {
  const mail = text.trim().normalize('NFC');
  const [, local = '', domain = ''] = /^([^@]+)@([^@]+)$/.exec(mail) ?? [];
  const dotted = (part: string): boolean => !/^\.|\.\.|\.$/.test(part);
  if (
    mail.length <= maxMailLength &&
    local.length <= 64 &&
    /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]+$/u.test(local) &&
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}.-]*[\p{L}\p{M}\p{N}])?$/u.test(domain) &&
    dotted(local) &&
    dotted(domain)
  )
    return mail;
  throw new AuthError('mail-invalid', 'This is not a mail address: it should look like anna@example.org.');
}

/** @throws AuthError display-name-invalid */
export function parseDisplayName(text: string): string {
  const name = text.trim().normalize('NFC');
  if (name !== '' && Array.from(name).length <= 200 && !/\p{Cc}/u.test(name)) return name;
  throw new AuthError('display-name-invalid', 'A display name has 1 to 200 characters, on one line.');
}
