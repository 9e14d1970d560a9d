/** Names that holders give to what is theirs: a method of the second step, a browser that is signed in. */
import { AuthError } from './errors.js';

const maxLength = 100;

/** The name without space around it; empty where none was given. @throws AuthError label-invalid */
export function parseLabel(text: string): string {
  const label = text.trim().normalize('NFC');
  if (Array.from(label).length > maxLength || /\p{Cc}/u.test(label))
    throw new AuthError('label-invalid', `A name is one line of at most ${maxLength} characters.`);
  return label;
}

/** The same where there must be one. @throws AuthError label-invalid */
export function parseNeededLabel(text: string): string {
  const label = parseLabel(text);
  if (label === '') throw new AuthError('label-invalid', 'A name is needed.');
  return label;
}
