/** Calendar objects: small ones are looked into at once, large ones in a thread (docs/architecture.md, promise 3). */
import type { ObjectIndex } from '../../storage/index.js';
import { DavError } from '../http/errors.js';
import { CalendarDataError, ExpansionError } from '../icalendar/index.js';
import type { BusyTimeOfObject } from '../icalendar/index.js';
import { WorkerThread } from '../worker-thread.js';
import { workOn } from './object-work.js';
import type { ObjectAnswer, ObjectOutcome, ObjectTask } from './object-work.js';

/** From this many bytes on: to read as many takes 5 ms of CPU time at most. */
const LARGE = 64 * 1024;

type TaskOf<Kind extends ObjectTask['kind']> = Omit<Extract<ObjectTask, { kind: Kind }>, 'kind'>;

/**
 * Of the process: it holds nothing of a request, and ends when it has had nothing to do for a while. The process itself
 * holds no more of an object than its bytes, and the answer. One request waits for one object at a time.
 */
const thread = new WorkerThread<ObjectTask, ObjectOutcome>(
  new URL('./object-worker.js', import.meta.url),
  { maxMegabytes: 256, maxMilliseconds: 30_000, maxWaiting: 256, idleMilliseconds: 60_000 },
  {
    tooBusy: () =>
      new DavError(503, 'The server is reading other large objects; try again in a moment.', {
        headers: { 'Retry-After': '5' },
      }),
    tooHeavy: () => new DavError(507, 'This object takes more memory or time than one object may take.'),
  },
);

/** How many objects were looked into in the thread. */
export const largeObjectsRead = (): number => thread.count;

/**
 * The object or a part of it, in a notation.
 * @throws CalendarDataError, ExpansionError as the functions of `icalendar/`; DavError 503, 507 of large objects
 */
export async function writtenObject(task: TaskOf<'write'>): Promise<Uint8Array> {
  const answer = await answerTo({ kind: 'write', ...task });
  return answer.kind === 'written' ? answer.data : unexpected(answer);
}

/** Whether the object matches a filter. @throws CalendarDataError; DavError 503, 507 of large objects */
export async function objectMatches(task: TaskOf<'match'>): Promise<boolean> {
  const answer = await answerTo({ kind: 'match', ...task });
  return answer.kind === 'matched' ? answer.matches : unexpected(answer);
}

/** The busy time that the object tells. @throws CalendarDataError; DavError 503, 507 of large objects */
export async function busyTimeOfObject(task: TaskOf<'busy'>): Promise<BusyTimeOfObject> {
  const answer = await answerTo({ kind: 'busy', ...task });
  return answer.kind === 'busy' ? answer.busy : unexpected(answer);
}

/** The index of the object. `now` in epoch milliseconds. @throws CalendarDataError; DavError 503, 507 of large objects */
export async function indexOfObject(task: TaskOf<'index'>): Promise<ObjectIndex> {
  const answer = await answerTo({ kind: 'index', ...task });
  return answer.kind === 'indexed' ? answer.index : unexpected(answer);
}

async function answerTo(task: ObjectTask): Promise<ObjectAnswer> {
  if (task.data.byteLength < LARGE) return workOn(task);
  const outcome = await thread.run(task);
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

function unexpected({ kind }: ObjectAnswer): never {
  throw new Error(`The thread for large objects answered ${kind} to something else.`);
}
