import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const inMemory = '/dev/shm';
const TMPFS = 0x01021994;
const enough = 2 ** 31;

/**
 * Where databases of tests lie: in memory where there is enough, so that a commit does not wait for a disk, which no test looks
 * at. Not for programs: such a folder may forbid to run them.
 */
export const quickFolder = hasRoom() ? inMemory : tmpdir();

function hasRoom(): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(inMemory);
    return type === TMPFS && bavail * bsize >= enough;
  } catch {
    return false;
  }
}
