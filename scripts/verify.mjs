// `npm test` (everything) and `npm run check` (types, lint, unit tests: `--quick`). Further arguments are test files.
import { spawn } from 'node:child_process';
import { prepare, root } from './prepare.mjs';

const quick = process.argv.includes('--quick');
const files = process.argv.slice(2).filter((argument) => argument !== '--quick');
const started = Date.now();
const HANG_MS = 20_000;

// Types are checked by the build.
prepare();

// Static checks run beside each other, and beside the unit tests, which know no time; the other tests come after, so
// that they have the machine for themselves.
const staticChecks = [
  check('eslint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0', ...cache('eslint')]),
  check('dependency direction', 'dependency-cruiser/bin/dependency-cruise.mjs', [
    ...['server', 'dav', 'auth', 'storage'],
    ...['--output-type', 'err'],
  ]),
  check('prettier', 'prettier/bin/prettier.cjs', [
    '.',
    '--check',
    '--log-level',
    'warn',
    ...cache('prettier'),
  ]),
];
const unitTests = quick
  ? mocha(['dist/test/{dav,auth,storage,server,console}/**/*.unit.test.js', ...files])
  : undefined;
const checks = await Promise.all(staticChecks);
for (const { name, ok, output } of checks)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}${ok ? '' : `\n${output}`}`);
// Everything that touches the database runs twice: the second time on PostgreSQL, on the other core.
const tests = unitTests ? [await unitTests] : await Promise.all([mocha(files), onPostgres()]);

const passed = checks.filter(({ ok }) => ok).length + sum(tests.map((each) => each.passed));
const failed = checks.filter(({ ok }) => !ok).length + sum(tests.map((each) => each.failed));
for (const { output } of tests) console.log(output);
// Once more at the end, where somebody who looks for them finds them.
for (const { failures } of tests) if (failures !== '') console.log(failures);
if (!quick) console.log(`SQLite ${tests[0].passed} passed, PostgreSQL ${tests[1].passed} passed`);
console.log(`took ${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && tests.every((each) => each.passed > 0) ? 0 : 1;

/** What a type-aware rule says of a file depends on others too: only the quick check trusts what it saw last time. */
function cache(name) {
  return quick || name === 'prettier' ? ['--cache', '--cache-location', `dist/.${name}cache`] : [];
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function check(name, script, args) {
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn(process.execPath, [`node_modules/${script}`, ...args], { cwd: root });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (status) =>
      resolve({ name, ok: status === 0, output: Buffer.concat(chunks).toString() }),
    );
  });
}

/** Runs the test files, all of them where none is named. */
function mocha(specs) {
  return runMocha(specs.length === 0 ? [] : ['--config', '.mocharc.quick.json', ...specs], {}, !quick);
}

/** The same files, without those that are about SQLite itself; what it says is shown at the end. */
function onPostgres() {
  const args = files.length === 0 ? ['.mocharc.postgres.json'] : ['.mocharc.quick.json', ...files];
  return runMocha(['--config', ...args], { TEST_ENGINE: 'postgres' }, false);
}

/** Counts from mocha's summary. */
function runMocha(args, environment, shown) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let hang;
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (shown) process.stdout.write(chunk);
      // After the summary mocha ends by itself, unless a test has left something open.
      if (/^ {2}\d+ passing/m.test(output)) hang ??= setTimeout(() => child.kill('SIGKILL'), HANG_MS);
    });
    child.on('close', (status, signal) => {
      clearTimeout(hang);
      if (signal === 'SIGKILL')
        output += '\nThe tests did not end: one of them has left a server, timer or file open.\n';
      const failing = lastCount(output, 'failing');
      resolve({
        passed: lastCount(output, 'passing'),
        failed: Math.max(failing, status === 0 ? 0 : 1),
        output: shown ? '' : output,
        failures: shown ? (/^ {2}\d+ failing[\s\S]*/m.exec(output)?.[0] ?? '') : '',
      });
    });
  });
}

function lastCount(output, word) {
  const counts = [...output.matchAll(new RegExp(`^ {2}(\\d+) ${word}`, 'gm'))];
  return Number(counts.at(-1)?.[1] ?? 0);
}
