/** The secret of an app password: 24 random characters of 5 bits each and a check character, in five groups of five. */
import { canonicalText, grouped, hasCheck, isOfAlphabet, randomText, withCheck } from './alphabet.js';
import type { Keyring } from './options.js';

const randomLength = 24;
const length = randomLength + 1;
const purpose = 'app-password';

/** Longer than anything that could be one, however it is spaced; the rest is not looked at. */
const maxTyped = 1_200;

export const newSecret = (): string => withCheck(randomText(randomLength));
export const shownSecret = (secret: string): string => grouped(secret, 5);

/**
 * What was typed in the form in which it is hashed, and whether it is a mistyped app password rather than a guess. What
 * is none at all is hashed as it is, so that every answer takes the same work.
 */
export function canonicalSecret(typed: string): { readonly text: string; readonly mistyped: boolean } {
  const text = canonicalText(typed.slice(0, maxTyped));
  return { text, mistyped: text.length === length && isOfAlphabet(text) && !hasCheck(text) };
}

/** How it is kept and found. 120 random bits need no slow hash. */
export const secretHash = (keyring: Keyring, secret: string, keyId: string): Buffer =>
  keyring.hmac(purpose, secret, keyId);
