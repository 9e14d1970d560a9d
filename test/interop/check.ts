import { errorMessage } from './error-message.js';

/** Something that a real client does against the server; it passes unless it throws. */
export interface Check {
  readonly name: string;
  /** Must end soon after `signal` is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface Outcome {
  readonly state: 'ok' | 'FAILED' | 'skipped';
  /** What was wrong, or why it was skipped. */
  readonly detail: string;
}

/** A check that was made already. */
export function finished(name: string, { state, detail }: Outcome): Check {
  return {
    name,
    run: async () => {
      if (state === 'skipped') throw new Skipped(detail);
      if (state === 'FAILED') throw new Error(detail);
    },
  };
}

/** Thrown by a check that cannot be made here, with the reason. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

const LIMIT_MS = 180_000;
// What a check may take to end after its signal.
const GRACE_MS = 10_000;

/** Runs one check, for three minutes at most. Never rejects. */
export async function runCheck(check: Check, limitMs = LIMIT_MS): Promise<Outcome> {
  const signal = AbortSignal.timeout(limitMs);
  let timer: NodeJS.Timeout | undefined;
  const giveUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end in ${limitMs / 1000} s`)), limitMs + GRACE_MS);
  });
  try {
    await Promise.race([check.run(signal), giveUp]);
    return { state: 'ok', detail: '' };
  } catch (error) {
    return { state: error instanceof Skipped ? 'skipped' : 'FAILED', detail: errorMessage(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** One line for a check, and what was wrong indented below it. */
export function outcomeLines(name: string, { state, detail }: Outcome): string {
  if (state === 'skipped') return `skipped: ${name}: ${detail}`;
  const details = detail === '' ? [] : detail.trim().split('\n');
  return [`${state.padEnd(6)}  ${name}`, ...details.map((line) => `          ${line}`)].join('\n');
}
