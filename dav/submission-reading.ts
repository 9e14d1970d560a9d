/** Reading what is PUT, in the process or in the worker thread: the same function, whose answer is plain data. */
import type { ObjectIndex } from '../storage/index.js';
import { readCalendarSubmission } from './caldav/submission.js';
import { readCardSubmission } from './carddav/submission.js';
import { DavError } from './http/errors.js';
import type { DavLimits } from './limits.js';
import type { Home } from './resources/path.js';
import type { Submission } from './submission.js';
import type { Name } from './xml/names.js';

/** An object as it came, and what its index depends on. Can be sent to a thread. */
export interface SubmittedObject {
  readonly home: Home;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly limits: DavLimits;
  /** Of the collection, for floating times. */
  readonly zone: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What a thread answers: the index made, a refusal, or a fault of ours. */
export type ReadingAnswer =
  | ({ readonly kind: 'read'; readonly index: ObjectIndex } & Omit<Submission, 'index'>)
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly sentence: string;
      readonly precondition?: Name;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** @throws DavError 403 with the precondition element that the data fails */
export function readSubmission(
  submitted: Pick<SubmittedObject, 'home' | 'body' | 'contentType' | 'limits'>,
): Submission {
  const { home, body, contentType, limits } = submitted;
  return home === 'calendars'
    ? readCalendarSubmission(body, contentType, limits)
    : readCardSubmission(body, contentType);
}

/** As `readSubmission`, and its index; never throws. */
export function answerReading(submitted: SubmittedObject): ReadingAnswer {
  try {
    const { index, ...submission } = readSubmission(submitted);
    return { kind: 'read', ...submission, index: index(submitted, submitted.now) };
  } catch (error) {
    if (!(error instanceof DavError)) {
      return {
        kind: 'failed',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
    const { precondition } = error.details;
    const refused = { kind: 'refused', status: error.status, sentence: error.message } as const;
    return precondition === undefined ? refused : { ...refused, precondition };
  }
}
