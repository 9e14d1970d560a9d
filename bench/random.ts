/** Numbers that look random and are the same in every run, so that runs can be compared. */
export type Random = () => number;

/** Mulberry32: at least 0 and below 1, always the same row of numbers for a seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to below `below`. */
export const wholeNumber = (random: Random, below: number): number => Math.floor(random() * below);

/** One of the items. */
export function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[wholeNumber(random, items.length)] ?? items[0];
}
