/** The processes that a client has started, told by the home folder in their environment. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 10_000;
const PAUSE_MS = 100;

/** Waits for all processes with this HOME to end, kills those that do not, and answers their names. */
export async function endProcessesOf(home: string): Promise<string[]> {
  const end = Date.now() + LIMIT_MS;
  let left = await processesOf(home);
  while (left.length > 0 && Date.now() < end) {
    await delay(PAUSE_MS);
    left = await processesOf(home);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  return left.map(({ name }) => name);
}

async function processesOf(home: string): Promise<{ readonly pid: number; readonly name: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        // Empty for a process that has ended and that nobody has asked for its exit code.
        const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
        if (!environment.includes(`HOME=${home}`)) return [];
        return [{ pid, name: (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() }];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}
