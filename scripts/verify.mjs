// `npm test` (everything) and `npm run check` (types, lint, unit tests: `--quick`).
import { spawn } from 'node:child_process';
import { installIfNeeded, buildIfStale, root, run } from './prepare.mjs';

const quick = process.argv.includes('--quick');
const extra = process.argv.slice(2).filter((argument) => argument !== '--quick');
const started = Date.now();

installIfNeeded();
buildIfStale();

function background(name, args) {
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn(process.execPath, args, { cwd: root });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (status) => resolve({ name, ok: status === 0, output: Buffer.concat(chunks).toString() }));
  });
}

// The static checks run beside each other, before the tests, so that two cores do not disturb what the tests see.
const checks = await Promise.all([
  background('eslint', ['node_modules/eslint/bin/eslint.js', '.', '--cache', '--cache-location', 'dist/.eslintcache', '--max-warnings', '0']),
  background('dependency direction', ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'server', 'dav', 'auth', 'storage', '--output-type', 'err']),
  background('prettier', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '--cache', '--cache-location', 'dist/.prettiercache', '.']),
]);
let failed = 0;
for (const { name, ok, output } of checks) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (!ok) {
    failed += 1;
    console.log(output);
  }
}

const spec = quick ? ['dist/test/{dav,auth,storage,server}/**/*.unit.test.js'] : [];
const counts = await mocha([...spec, ...extra]);
console.log(`took ${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${checks.length - failed + counts.passed} passed, ${failed + counts.failed} failed`);
process.exit(failed + counts.failed === 0 && counts.ran ? 0 : 1);

/** Runs mocha with its own output shown, and counts from its last lines. */
function mocha(args) {
  return new Promise((resolve) => {
    let text = '';
    const specArgs = args.length === 0 ? [] : ['--config', '.mocharc.quick.json', ...args];
    const child = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...specArgs], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      text += chunk;
    });
    child.on('close', (status) => {
      const passed = Number(/(\d+) passing/.exec(text)?.[1] ?? 0);
      const failing = Number(/(\d+) failing/.exec(text)?.[1] ?? 0);
      resolve({ passed, failed: Math.max(failing, status === 0 ? 0 : 1), ran: passed + failing > 0 });
    });
  });
}
