/** Objects that are PUT: small ones are read at once, large ones in a thread (docs/architecture.md, promise 3). */
import { DavError } from './http/errors.js';
import type { Submission } from './submission.js';
import { readSubmission } from './submission-reading.js';
import type { SubmittedObject } from './submission-reading.js';
import { SubmissionThread } from './submission-thread.js';

/**
 * From this many bytes on an object goes to the thread. A calendar of 128 KiB takes 10 ms of CPU time at most, a card as
 * long as that a third, since most of it is one line with a photo.
 */
const LARGE = { calendars: 128 * 1024, addressbooks: 512 * 1024 } as const;

export class Submissions {
  constructor(private readonly thread = new SubmissionThread()) {}

  /** @throws DavError 403 with the precondition element that the data fails, or as `SubmissionThread.read` */
  read(submitted: SubmittedObject): Submission | Promise<Submission> {
    if (submitted.body.byteLength < LARGE[submitted.home]) return readSubmission(submitted);
    return this.#readInThread(submitted);
  }

  async #readInThread(submitted: SubmittedObject): Promise<Submission> {
    const answer = await this.thread.read(submitted);
    switch (answer.kind) {
      case 'failed':
        throw new Error(answer.reason);
      case 'refused': {
        const { status, sentence, precondition } = answer;
        throw new DavError(status, sentence, precondition === undefined ? {} : { precondition });
      }
      case 'read': {
        const { uid, component, version, converted, index } = answer;
        return {
          uid,
          component,
          version,
          ...(converted === undefined ? {} : { converted }),
          index: (collection) => {
            if (collection.zone === submitted.zone) return index;
            throw new DavError(503, 'The time zone of the calendar has just changed; try again.', {
              headers: { 'Retry-After': '1' },
            });
          },
        };
      }
    }
  }
}
