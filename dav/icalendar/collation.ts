/** The collations that text-match can name: RFC 4791 §7.5, RFC 4790 §9, RFC 5051. */
export type Collation = 'i;ascii-casemap' | 'i;octet' | 'i;unicode-casemap';

/** Brings text into the form in which equal by the collation is equal by code units. */
export function foldedBy(collation: Collation, text: string): string {
  switch (collation) {
    case 'i;octet':
      return text;
    case 'i;ascii-casemap':
      return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
    case 'i;unicode-casemap':
      return casemap(text);
  }
}

/**
 * RFC 5051 §2: each character to title case where that is one character, then compatibility decomposition. Upper case
 * stands for title case: they differ for a few digraphs only, which decompose to the same letters' upper and lower case.
 */
function casemap(text: string): string {
  let mapped = '';
  for (const character of text) {
    const upper = character.toUpperCase();
    mapped += upper.length === character.length ? upper : character;
  }
  return mapped.normalize('NFKD');
}
