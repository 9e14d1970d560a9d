/** The thread in which large objects are read, one after another; `submission-thread.ts` starts it. */
import { parentPort } from 'node:worker_threads';
import { answerReading } from './submission-reading.js';
import type { SubmittedObject } from './submission-reading.js';

parentPort?.on('message', (submitted: SubmittedObject) => {
  parentPort?.postMessage(answerReading(submitted));
});
