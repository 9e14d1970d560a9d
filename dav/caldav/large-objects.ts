/** Calendar objects: small ones are looked into at once, large ones in a thread (docs/architecture.md, promise 3). */
import type { ObjectIndex } from '../../storage/index.js';
import { DavError, tryLater } from '../http/errors.js';
import { CalendarDataError, ExpansionError } from '../icalendar/index.js';
import type { BusyTimeOfObject } from '../icalendar/index.js';
import { WorkerThread } from '../worker-thread.js';
import type { ThreadLimits } from '../worker-thread.js';
import { workOn } from './object-work.js';
import type { ObjectAnswer, ObjectOutcome, ObjectTask } from './object-work.js';

/** From this many bytes on: to read as many takes 5 ms of CPU time at most. */
const LARGE = 64 * 1024;

/** Objects of 10 MB in as many lines, dates or components as they may have were expanded within it. */
const defaultLimits: ThreadLimits = {
  maxMegabytes: 256,
  maxMilliseconds: 30_000,
  maxWaiting: 256,
  idleMilliseconds: 10_000,
};

const WORKER = new URL('./object-worker.js', import.meta.url);

type TaskOf<Kind extends ObjectTask['kind']> = Omit<Extract<ObjectTask, { kind: Kind }>, 'kind'>;

/** What takes more than one object may take. */
class TooHeavy extends DavError {}

/**
 * Looks into objects. It holds nothing of a request; the process itself holds no more of a large object than its bytes,
 * and the answer. One request waits for one object at a time.
 */
export class CalendarObjects {
  readonly #thread: WorkerThread<ObjectTask, ObjectOutcome>;

  /** @param script what the thread runs; another one only in tests */
  constructor(limits: Partial<ThreadLimits> = {}, script = WORKER) {
    this.#thread = new WorkerThread(script, { ...defaultLimits, ...limits }, { tooBusy, tooHeavy });
  }

  /** How many were looked into in the thread. */
  get count(): number {
    return this.#thread.count;
  }

  /**
   * The object or a part of it, in a notation.
   * @throws CalendarDataError, ExpansionError as the functions of `icalendar/`; DavError 503, and 507 for a large object
   * that takes more memory or time than one may
   */
  async written(task: TaskOf<'write'>): Promise<Uint8Array> {
    const answer = await this.#answerTo({ kind: 'write', ...task });
    return answer.kind === 'written' ? answer.data : unexpected(answer);
  }

  /**
   * Whether the object matches a filter. One that takes too much is taken to match: one too many is filtered by the client,
   * one too few is lost.
   * @throws CalendarDataError; DavError 503
   */
  async match(task: TaskOf<'match'>): Promise<boolean> {
    try {
      const answer = await this.#answerTo({ kind: 'match', ...task });
      return answer.kind === 'matched' ? answer.matches : unexpected(answer);
    } catch (error) {
      if (error instanceof TooHeavy) return true;
      throw error;
    }
  }

  /**
   * The busy time that the object tells: tentatively all, where it takes too much to say.
   * @throws CalendarDataError; DavError 503
   */
  async busyTime(task: TaskOf<'busy'>): Promise<BusyTimeOfObject> {
    try {
      const answer = await this.#answerTo({ kind: 'busy', ...task });
      return answer.kind === 'busy' ? answer.busy : unexpected(answer);
    } catch (error) {
      if (!(error instanceof TooHeavy)) throw error;
      return { periods: [{ ...task.options.range, type: 'BUSY-TENTATIVE' }], availabilities: [] };
    }
  }

  /** The index of the object. @throws CalendarDataError; DavError 503, 507 as `written` */
  async index(task: TaskOf<'index'>): Promise<ObjectIndex> {
    const answer = await this.#answerTo({ kind: 'index', ...task });
    return answer.kind === 'indexed' ? answer.index : unexpected(answer);
  }

  async #answerTo(task: ObjectTask): Promise<ObjectAnswer> {
    if (task.data.byteLength < LARGE) return workOn(task);
    const outcome = await this.#thread.run(task);
    switch (outcome.kind) {
      case 'unreadable':
        throw new CalendarDataError(outcome.precondition, outcome.sentence);
      case 'unexpandable':
        throw new ExpansionError(outcome.sentence);
      case 'failed':
        throw new Error(outcome.reason);
      default:
        return outcome;
    }
  }
}

/** Those of the process. */
export const calendarObjects = new CalendarObjects();

function tooBusy(): DavError {
  return tryLater('The server is reading other large objects; try again in a moment.');
}

function tooHeavy(): DavError {
  return new TooHeavy(507, 'This object takes more memory or time than one object may take.');
}

function unexpected({ kind }: ObjectAnswer): never {
  throw new Error(`The thread for large objects answered ${kind} to something else.`);
}
