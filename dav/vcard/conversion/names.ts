// Properties that only vCard 4.0 has, and the names under which programs write the same in 3.0.
import type { CardLine } from '../card-line.js';

/** Apple's for groups (`X-ADDRESSBOOKSERVER-…`); the others are what most programs that read 3.0 know. */
const pairs: readonly (readonly [version3: string, version4: string])[] = [
  ['X-ADDRESSBOOKSERVER-KIND', 'KIND'],
  ['X-ADDRESSBOOKSERVER-MEMBER', 'MEMBER'],
  ['X-ANNIVERSARY', 'ANNIVERSARY'],
  ['X-GENDER', 'GENDER'],
];

/** Where a card has both, each keeps its name, or one card would have the property twice. */
function rename(lines: readonly CardLine[], from: 0 | 1): readonly CardLine[] {
  const present = new Set(lines.map(({ name }) => name));
  const renamed = new Map(
    pairs
      .flatMap((pair) => (present.has(pair[from]) && !present.has(pair[1 - from] ?? '') ? [pair] : []))
      .map((pair) => [pair[from], pair[1 - from] ?? '']),
  );
  if (renamed.size === 0) return lines;
  return lines.map((line) => ({ ...line, name: renamed.get(line.name) ?? line.name }));
}

export const namesToVersion4 = (lines: readonly CardLine[]): readonly CardLine[] => rename(lines, 0);
export const namesToVersion3 = (lines: readonly CardLine[]): readonly CardLine[] => rename(lines, 1);
