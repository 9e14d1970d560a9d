import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalText, hasCheck, randomText, withCheck } from '../../auth/alphabet.js';
import { canonicalSecret, newSecret, shownSecret } from '../../auth/app-password-secret.js';

const letters = Array.from('0123456789abcdefghjkmnpqrstvwxyz');
const secrets = fc
  .array(fc.constantFrom(...letters), { minLength: 24, maxLength: 24 })
  .map((chars) => withCheck(chars.join('')));

const replaced = (text: string, index: number, letter: string): string =>
  text.slice(0, index) + letter + text.slice(index + 1);

describe('Secrets that people type', () => {
  it('have a check character that finds every single wrong letter', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        for (let index = 0; index < secret.length; index += 1)
          for (const letter of letters)
            assert.equal(hasCheck(replaced(secret, index, letter)), letter === secret.charAt(index));
      }),
      { numRuns: 50 },
    );
  });

  it('have a check character that finds any two different letters that changed places', () => {
    fc.assert(
      fc.property(secrets, fc.nat(24), fc.nat(24), (secret, left, right) => {
        const [a, b] = [secret.charAt(left), secret.charAt(right)];
        const swapped = replaced(replaced(secret, left, b), right, a);
        assert.equal(hasCheck(swapped), a === b);
      }),
      { numRuns: 2_000 },
    );
  });

  it('mean the same in capitals, with spaces or dashes, and with letters that look like digits', () => {
    fc.assert(
      fc.property(
        secrets,
        fc.array(fc.constantFrom(' ', '-', '\u2013', '\u00a0', '\t', '\u200b'), { maxLength: 10 }),
        fc.nat(24),
        (secret, separators, at) => {
          const typed = secret.slice(0, at) + separators.join('') + secret.slice(at);
          const lookalike = typed.toUpperCase().replaceAll('0', 'O').replaceAll('1', 'I');
          assert.equal(canonicalText(typed), secret);
          assert.equal(canonicalText(lookalike), secret);
        },
      ),
    );
  });

  it('are shown in five groups of five, with 120 random bits before the check character', () => {
    const secret = newSecret();
    assert.match(shownSecret(secret), /^[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){4}$/);
    assert.equal(canonicalSecret(shownSecret(secret)).text, secret);
    assert.ok(hasCheck(secret));
    const seen = new Set(Array.from({ length: 2_000 }, () => newSecret()));
    assert.equal(seen.size, 2_000);
  });

  it('use every letter of the alphabet equally often', () => {
    const counts = new Map<string, number>();
    for (const letter of randomText(320_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    assert.equal(counts.size, 32);
    // Ten standard deviations around 10,000.
    for (const count of counts.values()) assert.ok(Math.abs(count - 10_000) < 1_000, String(count));
  });

  it('are told from guesses: only what has the form and a wrong check character is a typing mistake', () => {
    const secret = newSecret();
    const wrong = replaced(secret, 3, secret.charAt(3) === 'a' ? 'b' : 'a');
    assert.deepEqual(canonicalSecret(secret), { text: secret, mistyped: false });
    assert.equal(canonicalSecret(wrong).mistyped, true);
    assert.equal(canonicalSecret('a login password, perhaps').mistyped, false);
    assert.equal(canonicalSecret(secret.slice(1)).mistyped, false);
    assert.equal(canonicalSecret('u'.repeat(25)).mistyped, false);
  });
});
