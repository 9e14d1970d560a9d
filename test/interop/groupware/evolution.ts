/** evolution-data-server of Debian on a message bus of its own, through `evolution-driver.py`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../server/config.js';
import { isProgram, runProgram } from '../program.js';
import type { Lab } from '../lab.js';
import type { Driver } from './groupware.js';
import { JsonLines } from './json-lines.js';
import { endProcessesOf } from './processes.js';

const SCRIPT = join(projectRoot, 'test', 'interop', 'groupware', 'evolution-driver.py');
// Debian's packages belong to this one, whichever Python comes first on the PATH.
const PYTHON = '/usr/bin/python3';
const IMPORTS = `import gi
for library, version in (("EDataServer", "1.2"), ("EBook", "1.2"), ("ECal", "2.0")): gi.require_version(library, version)
from gi.repository import EBook, ECal, EDataServer`;

export const evolutionPackages = [
  'evolution-data-server',
  'dbus',
  'python3-gi',
  'gir1.2-edataserver-1.2',
  'gir1.2-ebook-1.2',
  'gir1.2-ebookcontacts-1.2',
  'gir1.2-ecal-2.0',
] as const;

/** Whether its libraries can be used from Python, and a message bus started. */
export async function hasEvolution(signal: AbortSignal): Promise<boolean> {
  if (!(await isProgram('dbus-run-session'))) return false;
  try {
    return (await runProgram(PYTHON, ['-c', IMPORTS], { environment: {}, signal })).code === 0;
  } catch {
    return false;
  }
}

/** Starts it with an empty home folder. Throws with what it said when it does not answer. */
export async function startEvolution(lab: Lab): Promise<Driver> {
  const home = await lab.home();
  const runtime = join(home, 'run');
  await mkdir(runtime, { mode: 0o700 });
  const child = new JsonLines('dbus-run-session', ['--', PYTHON, SCRIPT], {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_RUNTIME_DIR: runtime,
    GSETTINGS_BACKEND: 'memory',
    LANG: 'C.UTF-8',
  });
  const end = async (): Promise<void> => {
    const code = await child.end();
    const left = await endProcessesOf(home);
    if (code !== 0) throw new Error(`it ended with ${code}`);
    if (left.length > 0) throw new Error(`left running: ${left.join(', ')}`);
  };
  lab.onStop(end);
  await child.call('refusals', { account: '' });
  return { call: (name, parameters) => child.call(name, parameters), end };
}
