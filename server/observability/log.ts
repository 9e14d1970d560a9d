/**
 * The log: one JSON object a line on standard error, so that standard output belongs to what a command answers.
 */
import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type Log = Logger;

export interface LogOutput {
  readonly log: Log;
  /** Writes what is still buffered; to be called before the process ends. */
  readonly flush: () => void;
}

/**
 * Opens the log on standard error. Lines are written without waiting and in the order in which they came; while one
 * write is under way the next lines gather, so that a burst costs few writes. `flush` leaves nothing behind.
 */
export function openLog(level: string): LogOutput {
  const stream = destination({ dest: 2, sync: false, minLength: 0 });
  const log = createLog(level, stream);
  return {
    log,
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // Standard error is closed or was never opened: nobody is left to tell.
      }
    },
  };
}

export function createLog(level: string, stream: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}
