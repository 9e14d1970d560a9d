/**
 * One line a request. It holds what finds a fault and nothing that opens a door: no path, query, header or body.
 */
import type { AccountId, AppPasswordId } from '../../storage/ids.js';
import { isHealthPath } from '../health.js';
import type { Log } from './log.js';

export interface RequestLog {
  readonly requestId: string;
  readonly method: string;
  /** A template, such as `/dav/calendars/:account/:collection/:object`. */
  readonly route: string;
  readonly status: number;
  /** From the last byte of the request's headers to the last byte of the answer handed to the network. */
  readonly durationMs: number;
  readonly address: string;
  readonly accountId: AccountId | undefined;
  readonly appPasswordId: AppPasswordId | undefined;
  /** The client went away, or was cut, before the answer was complete. */
  readonly aborted: true | undefined;
  /** Where the request is traced. */
  readonly traceId: string | undefined;
}

/** Writes the line; the questions of a supervisor, which come every few seconds, only where details are wanted. */
export function logRequest(log: Log, line: RequestLog): void {
  if (isHealthPath(line.route)) log.debug(line, 'request');
  else log.info(line, 'request');
}
