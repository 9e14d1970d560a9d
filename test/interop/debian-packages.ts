/** Installs clients from Debian where that can be done: apt is there, and this is root. */
import { isProgram, runProgram } from './program.js';

const LIMIT_MS = 10 * 60_000;
const LOOK_LIMIT_MS = 10_000;

/** Answers undefined, or the reason in a sentence why the packages could not be installed. */
export async function installPackages(names: readonly string[]): Promise<string | undefined> {
  if (!(await isProgram('apt-get'))) return 'there is no apt here';
  const install = ['install', '-y', '--no-install-recommends', ...names];
  if (process.getuid?.() !== 0) return `not root: run "apt-get ${install.join(' ')}" first`;
  const environment = { PATH: process.env['PATH'], DEBIAN_FRONTEND: 'noninteractive', LANG: 'C.UTF-8' };
  const signal = AbortSignal.timeout(LIMIT_MS);
  for (const args of [['update'], install]) {
    const { code, output } = await runProgram('apt-get', args, { environment, signal });
    if (code !== 0) return `apt-get ${args.join(' ')} failed: ${output.trim().split('\n').at(-1) ?? ''}`;
  }
  return undefined;
}

/** Which versions of the packages are installed, as `name version`; nothing where there is no dpkg. */
export async function packageVersions(names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0 || !(await isProgram('dpkg-query'))) return [];
  const { stdout } = await runProgram('dpkg-query', ['-W', '-f=${Package} ${Version}\n', ...names], {
    environment: { PATH: process.env['PATH'], LANG: 'C.UTF-8' },
    signal: AbortSignal.timeout(LOOK_LIMIT_MS),
  });
  return [...new Set(stdout.split('\n').filter((line) => /^\S+ \S/.test(line)))];
}
