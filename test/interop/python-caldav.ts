/** The checks of `python-caldav.py`, which uses the caldav library for Python of Debian. */
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../../server/config.js';
import { finished } from './check.js';
import type { Check } from './check.js';
import type { Lab } from './lab.js';
import { runProgram } from './program.js';

const SCRIPT = join(projectRoot, 'test', 'interop', 'python-caldav.py');
// Debian's packages belong to this one, whichever Python comes first on the PATH.
const PYTHON = '/usr/bin/python3';

const answer = z.object({
  name: z.string(),
  state: z.enum(['ok', 'FAILED', 'skipped']),
  detail: z.string(),
});

/** Whether the library can be imported. */
export async function hasPythonCaldav(signal: AbortSignal): Promise<boolean> {
  try {
    const { code } = await runProgram(PYTHON, ['-c', 'import caldav'], { environment: {}, signal });
    return code === 0;
  } catch {
    return false;
  }
}

/** Runs the script, which bounds each of its checks, and answers a check for each with what was found. */
export async function pythonCaldavChecks(lab: Lab, signal: AbortSignal): Promise<Check[]> {
  const { user, secret } = await lab.account(signal);
  const environment = { HOME: await lab.home(), LANG: 'C.UTF-8', LATCHKEY_LAB_SECRET: secret };
  const { code, stdout, output } = await runProgram(PYTHON, [SCRIPT, lab.baseUrl, user], {
    environment,
    signal,
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  const checks = lines.map((line) => {
    const { name, ...outcome } = answer.parse(JSON.parse(line));
    return finished(name, outcome);
  });
  if (code === 0) return checks;
  return [...checks, finished('the script ends', { state: 'FAILED', detail: output.slice(-2000) })];
}
