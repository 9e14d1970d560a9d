/** Looks at a server's memory again and again while something is under way. */
import { memoryMb } from './process-usage.js';

const LOOK_EVERY_MS = 100;

/** Does the work, and answers the most memory that was seen meanwhile, in MB (PSS). */
export async function mostMemoryDuring(pid: number, work: () => Promise<unknown>): Promise<number> {
  let mostMb = memoryMb(pid);
  const look = (): void => {
    mostMb = Math.max(mostMb, memoryMb(pid));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    await work();
    look();
    return mostMb;
  } finally {
    clearInterval(timer);
  }
}
