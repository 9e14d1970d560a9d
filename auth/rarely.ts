/** Lets something happen at most once in a while for each of many, remembering a bounded number. */
export class Rarely<Key> {
  private readonly last = new Map<Key, number>();

  constructor(
    private readonly everyMs: number,
    private readonly now: () => number,
    private readonly maxKeys = 10_000,
  ) {}

  /** Whether it may happen now; if so it counts as happened. */
  allows(key: Key): boolean {
    const now = this.now();
    const last = this.last.get(key);
    if (last !== undefined && now - last < this.everyMs) return false;
    if (this.last.size >= this.maxKeys) this.last.clear();
    this.last.set(key, now);
    return true;
  }
}
