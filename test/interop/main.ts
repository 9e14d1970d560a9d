/** `npm run interop [CLIENT...]`: real clients, and real files, against a server of its own. */
import assert from 'node:assert/strict';
import { finished, outcomeLines, runCheck, Skipped } from './check.js';
import type { Check, Outcome } from './check.js';
import { clients } from './clients.js';
import type { Client } from './clients.js';
import { installPackages, packageVersions } from './debian-packages.js';
import { errorMessage } from './error-message.js';
import { Lab } from './lab.js';

const LISTING_LIMIT_MS = 10 * 60_000;

/** Runs the clients named, or all, prints a line a check, and answers the exit code. */
export async function interop(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !clients.some((client) => client.name === name));
  if (unknown.length > 0) {
    console.error(
      `No client ${unknown.join(', ')}: there are ${clients.map(({ name }) => name).join(', ')}.`,
    );
    return 64;
  }
  const chosen = clients.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  await installMissing(chosen);
  const versions = await packageVersions(chosen.flatMap(({ packages }) => packages));
  if (versions.length > 0) console.log(`With ${versions.join(', ')}`);
  const counts = await runAll(chosen);
  if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
  console.log(`${counts.ok} passed, ${counts.FAILED} failed`);
  return counts.FAILED === 0 && counts.ok > 0 ? 0 : 1;
}

async function installMissing(chosen: readonly Client[]): Promise<void> {
  const packages = new Set<string>();
  for (const client of chosen)
    if (!(await client.isHere())) client.packages.forEach((name) => packages.add(name));
  if (packages.size === 0) return;
  const names = [...packages];
  console.log(`Installing ${names.join(', ')} ...`);
  const reason = await installPackages(names);
  if (reason !== undefined) console.log(`Not installed: ${reason}. What is there is run.`);
}

type Counts = Record<Outcome['state'], number>;

async function runAll(chosen: readonly Client[]): Promise<Counts> {
  const counts: Counts = { ok: 0, FAILED: 0, skipped: 0 };
  const report = async (check: Check): Promise<void> => {
    const outcome = await runCheck(check);
    counts[outcome.state]++;
    console.log(outcomeLines(check.name, outcome));
  };
  const lab = await Lab.open();
  const onInterrupt = (): void => void lab.stop().then(() => process.exit(130));
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  try {
    for (const client of chosen) {
      for (const check of await checksOf(client, lab)) {
        await report({ ...check, name: `${client.name}: ${check.name}` });
      }
    }
    for (const check of serverChecks(lab)) await report(check);
  } finally {
    await lab.stop();
    await lab.remove();
  }
  return counts;
}

/** A client whose checks cannot even be listed has failed once. */
async function checksOf(client: Client, lab: Lab): Promise<Check[]> {
  if (!(await client.isHere())) return [finished('all', { state: 'skipped', detail: client.missing })];
  try {
    return await client.checks(lab, AbortSignal.timeout(LISTING_LIMIT_MS));
  } catch (error) {
    return [finished('all', { state: 'FAILED', detail: errorMessage(error) })];
  }
}

/** What the server itself is asked when the clients are done. */
function serverChecks(lab: Lab): Check[] {
  return [
    { name: 'server: no request was answered with 5xx', run: () => noServerError(lab) },
    { name: 'server: ends with 0 when told to', run: async () => assert.equal(await lab.stop(), 0) },
  ];
}

async function noServerError(lab: Lab): Promise<void> {
  const { all, failed } = await lab.requests();
  if (all.length === 0) throw new Skipped('no client made a request');
  assert.deepEqual(failed, []);
}
