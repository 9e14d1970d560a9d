// A few lines of a card without reading the rest of it, which may be a picture of megabytes.

const lineFeed = 0x0a;
const space = 0x20;
const tab = 0x09;
/** Longer than any name of a property with its group. */
const maxName = 300;

/** The content lines whose names match, folds included, as they stand in a stored card. `names` is tried at the start of a line. */
export function someLines(stored: Uint8Array, names: RegExp): string {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const firstEnd = afterLine(bytes, start);
    let end = firstEnd;
    while (bytes[end] === space || bytes[end] === tab) end = afterLine(bytes, end);
    if (names.test(bytes.toString('latin1', start, Math.min(firstEnd, start + maxName))))
      pieces.push(bytes.toString('utf8', start, end));
    start = end;
  }
  return pieces.join('');
}

function afterLine(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(lineFeed, from);
  return at === -1 ? bytes.length : at + 1;
}
