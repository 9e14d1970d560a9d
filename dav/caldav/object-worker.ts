/** The thread in which large calendar objects are looked into, one after another; `large-objects.ts` starts it. */
import { parentPort } from 'node:worker_threads';
import { outcomeOf } from './object-work.js';
import type { ObjectTask } from './object-work.js';

parentPort?.on('message', (task: ObjectTask) => {
  parentPort?.postMessage(outcomeOf(task));
});
