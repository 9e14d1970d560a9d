/** Work that no answer waits for. It is bounded, its errors are reported, and the server waits for it when it ends. */

const maxPending = 1_000;

export class Background {
  private readonly pending = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly report: (error: unknown, doing: string) => void) {}

  /** Starts after the current turn of the event loop. With too much under way the work is dropped. */
  run(doing: string, work: () => Promise<unknown>): void {
    if (this.closed || this.pending.size >= maxPending) return;
    const task = new Promise<void>((resolve) => setImmediate(resolve))
      .then(work)
      .then(
        () => undefined,
        (error: unknown) => this.report(error, doing),
      )
      .finally(() => this.pending.delete(task));
    this.pending.add(task);
  }

  /** Does it now; an error is reported, and nothing else fails for it. */
  async attempt(doing: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.report(error, doing);
    }
  }

  /** Takes no more, and resolves when nothing is under way. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.pending.size > 0) await Promise.all(this.pending);
  }
}
