/** A worker thread that hashes: bcrypt takes a third of a second, which no request may wait for. */
import { parentPort } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';
import type { HashingJob } from './password-hashing.js';

parentPort?.on('message', ({ job }: { readonly job: HashingJob }) => {
  const result = job.kind === 'hash' ? hashSync(job.input, job.cost) : compareSync(job.input, job.hash);
  parentPort?.postMessage({ result });
});
