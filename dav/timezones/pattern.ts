/** RFC 7808 §5.5: patterns that names of time zones are found by. */
import { Problem } from './problem.js';

/** No name of a zone is nearly as long. */
const maxLength = 200;

/**
 * Whether a name matches: the whole of it, or its end, its start or a part where the pattern has asterisks. Case makes no
 * difference, and neither do underscores for spaces.
 * @throws Problem 400 for an asterisk inside the pattern or a backslash that escapes nothing
 */
export function matcherOf(pattern: string): (name: string) => boolean {
  if (pattern.length > maxLength) throw invalidPattern(`A pattern has at most ${maxLength} characters.`);
  const tokens = pattern.match(/\\[\\*]|[^]/gu) ?? [];
  const fromStart = tokens[0] !== '*';
  const toEnd = tokens.length < 2 ? fromStart : tokens.at(-1) !== '*';
  const inner = tokens.slice(fromStart ? 0 : 1, toEnd ? undefined : -1);
  if (inner.some((token) => token === '*'))
    throw invalidPattern('An asterisk stands first or last, or is written with a backslash before it.');
  if (inner.some((token) => token === '\\'))
    throw invalidPattern('A backslash stands before an asterisk or another backslash.');
  if (inner.length === 0 && fromStart) throw invalidPattern('The pattern is empty.');
  const wanted = normal(inner.map((token) => token.at(-1) ?? '').join(''));
  return (name) => {
    const text = normal(name);
    if (fromStart && toEnd) return text === wanted;
    if (fromStart) return text.startsWith(wanted);
    return toEnd ? text.endsWith(wanted) : text.includes(wanted);
  };
}

const normal = (name: string): string =>
  name.replaceAll('_', ' ').replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const invalidPattern = (title: string): Problem => new Problem(400, 'invalid-pattern', title);
