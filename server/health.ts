/** `/healthz`: the process answers. `/readyz`: it can also do its work, that is, the database answers. */
import type { ServerResponse } from 'node:http';
import { answerPlain } from './plain-answers.js';

/** Resolves when work can be done, rejects when it cannot. */
export type Readiness = () => Promise<void>;

const READY_WITHIN_MS = 2000;

export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz';
}

export async function answerHealth(
  path: string,
  draining: boolean,
  readiness: Readiness,
  response: ServerResponse,
): Promise<void> {
  if (path === '/healthz') answerPlain(response, 200, 'ok\n');
  else if (draining) answerPlain(response, 503, 'draining\n');
  else if (await isReady(readiness)) answerPlain(response, 200, 'ready\n');
  else answerPlain(response, 503, 'the database does not answer\n');
}

async function isReady(readiness: Readiness): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), READY_WITHIN_MS);
  });
  const ready = readiness().then(
    () => true,
    () => false,
  );
  return Promise.race([ready, late]).finally(() => clearTimeout(timer));
}
