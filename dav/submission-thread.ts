/** One worker thread that reads large objects, so that none holds the event loop. */
import { DavError, tryLater } from './http/errors.js';
import { limitsOf } from './limits.js';
import type { ReadingAnswer, SubmittedObject } from './submission-reading.js';
import { WorkerThread } from './worker-thread.js';
import type { ThreadLimits } from './worker-thread.js';
import { caldav, carddav } from './xml/names.js';

/** The largest object in as many lines as it may have was read within 192 MB. */
export const defaultThreadLimits: ThreadLimits = {
  maxMegabytes: 256,
  maxMilliseconds: 30_000,
  maxWaiting: 16,
  idleMilliseconds: 10_000,
};

const WORKER = new URL('./submission-worker.js', import.meta.url);

export class SubmissionThread extends WorkerThread<SubmittedObject, ReadingAnswer> {
  /** @param script what the thread runs; another one only in tests */
  constructor(limits: Partial<ThreadLimits> = {}, script = WORKER) {
    super(script, { ...defaultThreadLimits, ...limits }, { tooBusy, tooHeavy });
  }

  /**
   * Reads an object and makes its index.
   * @throws DavError 503 when too many wait already, 413 for one that takes more memory or time than one object may
   */
  read(submitted: SubmittedObject): Promise<ReadingAnswer> {
    return this.run({ ...submitted, limits: limitsOf(submitted.limits) });
  }
}

function tooBusy(): DavError {
  return tryLater('The server is reading other large objects; try again in a moment.');
}

function tooHeavy({ home }: SubmittedObject): DavError {
  return new DavError(413, 'This object takes more memory or time to read than one object may take.', {
    precondition: (home === 'calendars' ? caldav : carddav)('max-resource-size'),
  });
}
