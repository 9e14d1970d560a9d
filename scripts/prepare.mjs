// What every command needs first: the packages of the lock file, and a build that is newer than the sources.
// Only Node's own modules here, since nothing is installed yet on a fresh clone.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sourceFolders = ['server', 'dav', 'auth', 'storage', 'test', 'bench'];
const packages = join(root, 'node_modules');
const nativeStamp = join(packages, '.latchkey-native');
const buildStamp = join(root, 'dist', '.built');

/** Runs a command in the project's root with its output shown, and answers its exit code. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 1;
}

/** As `run`, with everything on standard error; ends this process when the command fails. */
function runOrExit(command, args, whatFailed) {
  const status = run(command, args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(whatFailed);
  process.exit(status);
}

/** The npm that runs this script, or else the first one found. */
function npm(args, whatFailed) {
  const { npm_execpath: npmPath } = process.env;
  const [command, first] = npmPath?.endsWith('.js') ? [process.execPath, [npmPath]] : ['npm', []];
  runOrExit(command, [...first, ...args, '--no-audit', '--no-fund'], whatFailed);
}

function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 19)) {
    console.error(
      `This is Node ${process.versions.node}, on which better-sqlite3 12 ends the process now and then: better use Node 22 (docs/operating.md).`,
    );
  }
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Latchkey needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Installs what the lock file names, unless it is there, and sees to it that the native module runs on this Node. */
export function installIfNeeded() {
  checkNodeVersion();
  if (!isInstalled()) {
    console.error(
      'Installing the packages of package-lock.json (once; a native module may compile for a minute) ...',
    );
    // The build needs the development packages, whatever NODE_ENV says.
    npm(['ci', '--include=dev'], 'Installing failed: see above. A C++ toolchain and Python 3 are needed.');
  }
  const abi = `${process.platform} ${process.arch} ${process.versions.modules}`;
  if (existsSync(nativeStamp) && readFileSync(nativeStamp, 'utf8') === abi) return;
  // Scripts were not run at the installation, or it was made for another version of Node.
  if (!nativeModuleRuns()) {
    console.error('Compiling better-sqlite3 for this version of Node ...');
    npm(
      ['rebuild', 'better-sqlite3'],
      'Compiling failed: see above. A C++ toolchain and Python 3 are needed.',
    );
    if (!nativeModuleRuns()) {
      console.error('better-sqlite3 does not load: delete node_modules and try again.');
      process.exit(1);
    }
  }
  writeFileSync(nativeStamp, abi);
}

/** Whether the tree that npm says it has installed holds every package of the lock file in its version. */
function isInstalled() {
  const installedLock = join(packages, '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = Object.entries(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages);
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  return wanted.every(
    ([path, { version, integrity, optional }]) =>
      path === '' ||
      (path in installed
        ? installed[path].version === version && installed[path].integrity === integrity
        : optional === true),
  );
}

function nativeModuleRuns() {
  const script = "new (require('better-sqlite3'))(':memory:').close()";
  return run(process.execPath, ['--eval', script], { stdio: 'ignore' }) === 0;
}

function newestChange(folder) {
  // A folder's own time changes when a file in it is deleted.
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestChange(path));
    else if (entry.name.endsWith('.ts')) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function isBuilt() {
  if (!existsSync(buildStamp)) return false;
  const folders = sourceFolders.map((name) => join(root, name)).filter((path) => existsSync(path));
  const files = ['tsconfig.json', 'package-lock.json'].map((name) => statSync(join(root, name)).mtimeMs);
  return statSync(buildStamp).mtimeMs > Math.max(...files, ...folders.map(newestChange));
}

/** Compiles when a source is newer than the last good build. */
export function buildIfStale() {
  if (isBuilt()) return;
  const started = new Date();
  const built = join(root, 'dist');
  console.error('Building ...');
  if (!existsSync(buildStamp)) rmSync(built, { recursive: true, force: true });
  runOrExit(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], 'The build failed: see above.');
  mkdirSync(built, { recursive: true });
  removeOrphans(built, root);
  writeFileSync(buildStamp, '');
  // A source that was saved while the compiler ran may not be in the build.
  utimesSync(buildStamp, started, started);
}

/** A file whose source is gone must not be run, by the tests above all. */
function removeOrphans(built, source) {
  for (const entry of readdirSync(built, { withFileTypes: true })) {
    const path = join(built, entry.name);
    if (entry.isDirectory()) removeOrphans(path, join(source, entry.name));
    else if (entry.name.endsWith('.js') && !existsSync(join(source, entry.name.replace(/\.js$/, '.ts')))) {
      rmSync(path);
      rmSync(`${path}.map`, { force: true });
    }
  }
}

/** Both steps, before anything of the project is imported. */
export function prepare() {
  installIfNeeded();
  buildIfStale();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) prepare();
