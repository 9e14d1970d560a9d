// RFC 5051: the "titlecased canonicalized" form of a string, code point by code point, from the Unicode data in Node's ICU.

/**
 * Code points whose simple titlecase mapping (UnicodeData.txt) is not what `toUpperCase` gives. JavaScript maps with
 * SpecialCasing.txt (one letter may become three) and knows no titlecase, RFC 5051 wants one code point for one.
 */
const titlecaseExceptions: ReadonlyMap<string, string> = new Map([
  // The Latin digraphs have a titlecase form between the lower and the upper one.
  ...range(0x01c4, 0x01c6, () => 0x01c5),
  ...range(0x01c7, 0x01c9, () => 0x01c8),
  ...range(0x01ca, 0x01cc, () => 0x01cb),
  ...range(0x01f1, 0x01f3, () => 0x01f2),
  // Georgian has capitals for whole words only, never for a first letter.
  ...range(0x10d0, 0x10fa, (codePoint) => codePoint),
  ...range(0x10fd, 0x10ff, (codePoint) => codePoint),
  // Greek with iota subscript: toUpperCase writes the iota out, the titlecase letter keeps it below.
  ...range(0x1f80, 0x1f87, (codePoint) => codePoint + 8),
  ...range(0x1f90, 0x1f97, (codePoint) => codePoint + 8),
  ...range(0x1fa0, 0x1fa7, (codePoint) => codePoint + 8),
  ...range(0x1fb3, 0x1fb3, () => 0x1fbc),
  ...range(0x1fc3, 0x1fc3, () => 0x1fcc),
  ...range(0x1ff3, 0x1ff3, () => 0x1ffc),
]);

/**
 * What the fast path must not see: the exceptions above, letters that `toUpperCase` makes longer, and marks (with the two
 * half-width signs that decompose to marks), which normalizing a whole string would put into another order.
 */
const needsCare =
  /[\p{M}\uff9e\uff9f\u00df\u0149\u01c4-\u01cc\u01f0-\u01f3\u0390\u03b0\u0587\u10d0-\u10ff\u1e96-\u1e9a\u1f50-\u1f57\u1f80-\u1ffc\ufb00-\ufb17]/u;
const onlyAscii = /^[\0-\x7f]*$/;

/**
 * The form in which `i;unicode-casemap` compares (RFC 5051 §2): titlecase, then full compatibility decomposition, each
 * code point by itself. Marks are not put in canonical order, which §4 leaves open: so the form of a joined string is
 * the joined forms, and what contains, begins or ends with a text does so in this form too. The property index relies on that.
 */
export function unicodeCasemap(text: string): string {
  if (onlyAscii.test(text)) return text.toUpperCase();
  if (!needsCare.test(text)) return text.toUpperCase().normalize('NFKD');
  let folded = '';
  for (let at = 0; at < text.length;) {
    const codePoint = text.codePointAt(at) ?? 0;
    folded += knownForms.get(codePoint) ?? form(codePoint);
    at += codePoint > 0xffff ? 2 : 1;
  }
  return folded;
}

/** Texts that need care are mostly in one script: its letters are looked up. Bounded, as anybody can send every letter. */
const knownForms = new Map<number, string>();
const maxKnownForms = 4096;

function form(codePoint: number): string {
  const formOfIt = titlecase(String.fromCodePoint(codePoint)).normalize('NFKD');
  if (knownForms.size < maxKnownForms) knownForms.set(codePoint, formOfIt);
  return formOfIt;
}

function titlecase(character: string): string {
  const exception = titlecaseExceptions.get(character);
  if (exception !== undefined) return exception;
  const upper = character.toUpperCase();
  return isOneCodePoint(upper) ? upper : character;
}

function isOneCodePoint(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}

function range(first: number, last: number, title: (codePoint: number) => number): [string, string][] {
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const codePoint = first + offset;
    return [String.fromCodePoint(codePoint), String.fromCodePoint(title(codePoint))];
  });
}
