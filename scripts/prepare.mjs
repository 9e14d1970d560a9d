// What every command needs first: the packages of the lock file, and a build that is newer than the sources.
// Only Node's own modules here, since nothing is installed yet on a fresh clone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sourceFolders = ['server', 'dav', 'auth', 'storage', 'test', 'bench'];
const installStamp = join(root, 'node_modules', '.latchkey-installed');
const buildStamp = join(root, 'dist', '.built');

/** Runs a command in the project's root with its output shown; ends this process when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 1;
}

function runOrExit(command, args) {
  const status = run(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status);
}

/** `npm ci` when the lock file is not the one that was installed last. */
export function installIfNeeded() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === lock) return;
  console.error('Installing the packages of package-lock.json (once; a native module compiles for about a minute) ...');
  runOrExit('npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(installStamp, lock);
}

function newestChange(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestChange(path));
    else if (entry.name.endsWith('.ts')) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  // A folder's own time changes when a file in it is deleted.
  return Math.max(newest, statSync(folder).mtimeMs);
}

/** Compiles when a source is newer than the last good build. */
export function buildIfStale() {
  const folders = sourceFolders.map((name) => join(root, name)).filter((path) => existsSync(path));
  const newest = Math.max(
    ...folders.map(newestChange),
    ...['tsconfig.json', 'package-lock.json'].map((name) => statSync(join(root, name)).mtimeMs),
  );
  if (existsSync(buildStamp) && statSync(buildStamp).mtimeMs > newest) return;
  console.error('Building ...');
  // A file whose source is gone must not be run by the tests.
  if (!existsSync(buildStamp)) rmSync(join(root, 'dist'), { recursive: true, force: true });
  runOrExit('node', ['node_modules/typescript/bin/tsc', '-p', '.']);
  mkdirSync(dirname(buildStamp), { recursive: true });
  removeOrphans(join(root, 'dist'), root);
  writeFileSync(buildStamp, '');
}

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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  installIfNeeded();
  buildIfStale();
}
