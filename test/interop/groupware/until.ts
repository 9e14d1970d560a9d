import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../error-message.js';

const LIMIT_MS = 20_000;
const PAUSE_MS = 50;

/**
 * Runs `attempt` again and again until it does not throw, for 20 seconds unless told otherwise, and answers what it answers.
 * @throws what the last attempt threw
 */
export async function until<Result>(
  signal: AbortSignal,
  attempt: () => Promise<Result>,
  limitMs = LIMIT_MS,
): Promise<Result> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || Date.now() > end)
        throw new Error(`still so after ${limitMs / 1000} s: ${errorMessage(error)}`, { cause: error });
    }
    await delay(PAUSE_MS);
  }
}
