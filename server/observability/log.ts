/**
 * The log: one JSON object a line on standard error, so that standard output belongs to what a command answers.
 */
import { destination, pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { GatheredLines, mostAtOnce } from './gathered-lines.js';
import { Instants } from './instants.js';

export type Log = Logger;

export interface LogOutput {
  readonly log: Log;
  /** Writes what is still buffered; to be called before the process ends. */
  readonly flush: () => void;
}

/**
 * Opens the log on standard error. Lines are written without waiting and in the order in which they came, many at a time;
 * warnings and worse at once. `flush` leaves nothing behind.
 */
export function openLog(level: string): LogOutput {
  const stream = destination({ dest: 2, sync: false, minLength: 0, maxWrite: mostAtOnce });
  const lines = new GatheredLines(stream);
  const log = createLog(level, lines);
  return {
    log,
    flush: () => {
      try {
        lines.handOn();
        stream.flushSync();
      } catch {
        // Standard error is closed or was never opened: nobody is left to tell.
      }
    },
  };
}

export function createLog(level: string, stream: DestinationStream): Log {
  const instants = new Instants();
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${instants.now()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}
