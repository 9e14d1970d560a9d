/** What a process and those below it have used, as Linux tells it in `/proc`. */
import { readFileSync, readdirSync } from 'node:fs';

/** USER_HZ: the unit of times in `/proc` is 10 ms on every architecture that Node runs on. */
const MS_PER_TICK = 10;

/** Whether this machine can tell. */
export function canMeasure(): boolean {
  return process.platform === 'linux';
}

/** The process and all below it, some of which may have ended by now. */
export function family(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    (textOf(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter((id) => id !== ''),
  );
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

/** CPU time in milliseconds, user and system, of all threads; of children that have ended too. */
export function cpuMs(pids: readonly number[]): number {
  let ticks = 0;
  for (const member of pids.flatMap(family))
    // utime, stime, cutime, cstime: fields 14 to 17 of proc_pid_stat(5).
    for (const field of fieldsOf(`/proc/${member}/stat`).slice(11, 15)) ticks += Number(field);
  return ticks * MS_PER_TICK;
}

/** CPU time in milliseconds of each thread, by its id: no thread can use more than one core. */
export function threadCpuMs(pids: readonly number[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const member of pids.flatMap(family))
    for (const thread of threadsOf(member)) {
      const [user, system] = fieldsOf(`/proc/${member}/task/${thread}/stat`).slice(11, 13);
      times.set(thread, (Number(user ?? 0) + Number(system ?? 0)) * MS_PER_TICK);
    }
  return times;
}

/** Of a process or a thread, from the third on. */
function fieldsOf(stat: string): string[] {
  const text = textOf(stat) ?? '';
  // The second field, the name in brackets, may hold anything.
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/**
 * Memory in MB (10^6 bytes): what is resident now, a page that is mapped several times counted once (PSS). SQLite maps
 * the database once for each connection.
 */
export const memoryMb = (pid: number): number => kilobytes(pid, 'smaps_rollup', 'Pss') / 1e3;

/** The most that was resident at a time, every mapping counted (VmHWM), in MB. */
export const peakResidentMb = (pid: number): number => kilobytes(pid, 'status', 'VmHWM') / 1e3;

function kilobytes(pid: number, file: string, key: string): number {
  let sum = 0;
  for (const member of family(pid)) {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(textOf(`/proc/${member}/${file}`) ?? '');
    sum += Number(match?.[1] ?? 0) * 1.024;
  }
  return sum;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
