/** What is asked of each proxy of docs/deploy/. */
import assert from 'node:assert/strict';
import { Skipped } from '../check.js';
import type { Check } from '../check.js';
import { errorMessage } from '../error-message.js';
import type { Lab } from '../lab.js';
import { consoleChecks } from './console-checks.js';
import { davChecks } from './dav-checks.js';
import type { ProxyKind } from './kinds.js';
import { Site } from './site.js';
import { transportChecks } from './transport-checks.js';
import { vdirsyncerChecks } from './vdirsyncer-checks.js';

/** Starts a server and the proxy with the shipped file, and lists what goes through both. */
export async function proxyChecks(kind: ProxyKind, lab: Lab, signal: AbortSignal): Promise<Check[]> {
  const site = await Site.open(kind, lab, signal);
  const checks = [
    ...davChecks(site),
    ...transportChecks(site, kind),
    ...consoleChecks(site),
    ...vdirsyncerChecks(site),
    {
      name: 'no request was answered with 5xx, but for a name on another server, and the server ends with 0',
      run: () => ends(site),
    },
  ];
  return checks.map(({ name, run }) => ({ name, run: (limit) => run(limit).catch(explained(site)) }));
}

/** With what the proxy has said, which is gone when this has ended. */
const explained =
  (site: Site) =>
  async (error: unknown): Promise<never> => {
    if (error instanceof Skipped) throw error;
    throw new Error(`${errorMessage(error)}\n${await site.complaints()}`, { cause: error });
  };

async function ends(site: Site): Promise<void> {
  const { all, failed } = await site.lab.requests();
  assert.ok(all.length > 100, `${all.length} requests`);
  assert.deepEqual(
    failed.filter((line) => !line.includes('"status":502')),
    [],
  );
  assert.equal(await site.stop(), 0);
}
