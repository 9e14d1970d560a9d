/** Waiting in tests for what happens by itself, such as work in the background. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 20;

/** Resolves when the condition holds; fails, saying what it waited for, when it does not hold in time. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string | (() => string),
  withinMs = 10_000,
): Promise<void> {
  for (let waited = 0; !(await holds()); waited += EVERY_MS) {
    assert.ok(waited < withinMs, typeof what === 'string' ? what : what());
    await delay(EVERY_MS);
  }
}
