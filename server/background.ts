/**
 * When work is done that no request waits for (`jobs.ts`): all of it each hour, and what a change of a collection asks for
 * soon after that change, whichever process made it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CollectionChange } from '../storage/index.js';
import type { Core } from './core.js';
import { followChanges, jobs } from './jobs.js';
import type { ChangedCollections, Job } from './jobs.js';

export interface BackgroundWork {
  /** Ends after the unit of work that is under way. */
  stop(): Promise<void>;
}

const FIRST_AFTER_MS = 2_000;
const AGAIN_AFTER_MS = 60 * 60 * 1000;
const AFTER_FAILURE_MS = 60 * 1000;
const CHANGES_AFTER_MS = 500;
/** Of more collections than these the next round takes care. */
const MOST_CHANGED = 1_000;

/**
 * Runs every job shortly after the start and then each hour, one after another; a job that fails is tried again then.
 * Nothing of it keeps the process alive.
 */
export function startBackgroundWork(core: Core): BackgroundWork {
  const stopping = new AbortController();
  const ended = work(core, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function work(core: Core, signal: AbortSignal): Promise<void> {
  const news = new News();
  const unsubscribe = core.database.changes.subscribe((change) => news.hear(change));
  try {
    let pause = FIRST_AFTER_MS;
    while (await waited(pause, signal, () => doFollow(core, news, signal))) {
      pause = (await alone(core, jobs, signal)) ? AGAIN_AFTER_MS : AFTER_FAILURE_MS;
    }
  } finally {
    unsubscribe();
  }
}

/** What collections have changed since it was asked the last time. */
class News {
  private readonly changed = new Map<string, CollectionChange>();
  private heard = false;

  /** A change of members leaves nothing undone. */
  hear(change: CollectionChange | 'unknown'): void {
    if (change !== 'unknown' && change.what === 'members') return;
    this.heard = true;
    if (change !== 'unknown' && this.changed.size < MOST_CHANGED)
      this.changed.set(`${change.accountId} ${change.id}`, change);
  }

  /** Undefined where there is nothing new; none where nobody knows what has changed. */
  take(): ChangedCollections | undefined {
    if (!this.heard) return undefined;
    this.heard = false;
    const changed = [...this.changed.values()];
    this.changed.clear();
    return changed;
  }
}

async function doFollow(core: Core, news: News, signal: AbortSignal): Promise<void> {
  const changed = news.take();
  if (changed !== undefined) await alone(core, followChanges(changed), signal);
}

/**
 * Of several processes one does the work; when that one is gone another does the next round. False: the database could not
 * be asked.
 */
async function alone(core: Core, todo: readonly Job[], signal: AbortSignal): Promise<boolean> {
  try {
    await core.database.alone(async () => {
      for (const job of todo) await runJob(job, core, signal);
    });
    return true;
  } catch (error) {
    core.log.error({ err: error }, 'background work could not begin, or not end');
    return false;
  }
}

/** Waits, and does something now and then meanwhile. False as soon as the signal is aborted. */
async function waited(pause: number, signal: AbortSignal, meanwhile: () => Promise<void>): Promise<boolean> {
  const end = performance.now() + pause;
  for (let left = pause; left > 0; left = end - performance.now()) {
    try {
      await delay(Math.min(left, CHANGES_AFTER_MS), undefined, { signal, ref: false });
    } catch {
      return false;
    }
    await meanwhile();
  }
  return !signal.aborted;
}

async function runJob({ name, run }: Job, core: Core, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await run(core, signal);
  } catch (error) {
    core.log.error({ err: error, job: name }, 'background work failed');
  }
}
