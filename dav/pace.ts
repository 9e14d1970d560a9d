/** Lets other requests have their turn inside a long computation, so that none holds the event loop. */
import { setImmediate } from 'node:timers/promises';

const TURN_MS = 10;

export class Pace {
  #since = performance.now();

  /** Await this between steps: it pauses only when the turn is used up. */
  async rest(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
