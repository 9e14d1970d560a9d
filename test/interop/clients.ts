/** The clients that are run, and what each needs. */
import type { Check } from './check.js';
import { cadaverChecks } from './cadaver.js';
import { corpusChecks, corpusFolder } from './corpus-checks.js';
import { evolutionChecks } from './groupware/evolution-checks.js';
import { evolutionPackages, hasEvolution } from './groupware/evolution.js';
import { thunderbirdChecks } from './groupware/thunderbird-checks.js';
import { hasThunderbird, thunderbirdPackages } from './groupware/thunderbird.js';
import { khalChecks } from './khal.js';
import { khardChecks } from './khard.js';
import type { Lab } from './lab.js';
import { litmusChecks } from './litmus.js';
import { isProgram } from './program.js';
import { proxyChecks } from './proxies/checks.js';
import { apache, caddy, nginx } from './proxies/kinds.js';
import type { ProxyKind } from './proxies/kinds.js';
import { hasPythonCaldav, pythonCaldavChecks } from './python-caldav.js';
import { hasPythonRecurrence, recurrenceChecks } from './recurrence-checks.js';
import { discoveryChecks } from './vdirsyncer-discovery.js';
import { syncChecks } from './vdirsyncer-sync.js';
import { troubleChecks } from './vdirsyncer-trouble.js';

export interface Client {
  readonly name: string;
  /** The packages of Debian that it needs. */
  readonly packages: readonly string[];
  /** Whether everything that it needs is here. */
  readonly isHere: () => Promise<boolean>;
  readonly missing: string;
  readonly checks: (lab: Lab, signal: AbortSignal) => Promise<Check[]>;
}

const LOOK_LIMIT_MS = 60_000;

/** A proxy in front of a server of its own, with the file that docs/deploy/ has for it. */
const behind = (kind: ProxyKind): Client => ({
  name: kind.name,
  packages: [...kind.packages, 'vdirsyncer'],
  isHere: async () => (await isProgram(kind.name, ['/usr/sbin'])) && isProgram('openssl'),
  missing: 'it or openssl is not installed',
  checks: (lab, signal) => proxyChecks(kind, lab, signal),
});

export const clients: readonly Client[] = [
  {
    name: 'vdirsyncer',
    packages: ['vdirsyncer'],
    isHere: () => isProgram('vdirsyncer'),
    missing: 'it is not installed',
    checks: async (lab) => [...discoveryChecks(lab), ...syncChecks(lab), ...troubleChecks(lab)],
  },
  {
    name: 'python3-caldav',
    packages: ['python3', 'python3-caldav'],
    isHere: () => hasPythonCaldav(AbortSignal.timeout(LOOK_LIMIT_MS)),
    missing: 'it is not installed',
    checks: pythonCaldavChecks,
  },
  {
    name: 'khal',
    packages: ['khal', 'vdirsyncer'],
    isHere: async () => (await isProgram('khal')) && isProgram('vdirsyncer'),
    missing: 'it or vdirsyncer is not installed',
    checks: async (lab) => khalChecks(lab),
  },
  {
    name: 'khard',
    packages: ['khard', 'vdirsyncer'],
    isHere: async () => (await isProgram('khard')) && isProgram('vdirsyncer'),
    missing: 'it or vdirsyncer is not installed',
    checks: async (lab) => khardChecks(lab),
  },
  {
    name: 'evolution-data-server',
    packages: evolutionPackages,
    isHere: () => hasEvolution(AbortSignal.timeout(LOOK_LIMIT_MS)),
    missing: 'it, its libraries for Python or dbus-run-session is not installed',
    checks: evolutionChecks,
  },
  {
    name: 'thunderbird',
    packages: thunderbirdPackages,
    isHere: hasThunderbird,
    missing: 'it is not installed',
    checks: thunderbirdChecks,
  },
  {
    name: 'recurrence',
    packages: ['python3', 'python3-icalendar', 'python3-recurring-ical-events'],
    isHere: () => hasPythonRecurrence(AbortSignal.timeout(LOOK_LIMIT_MS)),
    missing: 'python3-icalendar or python3-recurring-ical-events is not installed',
    checks: async (lab) => recurrenceChecks(lab),
  },
  {
    name: 'litmus',
    packages: ['litmus'],
    isHere: () => isProgram('litmus'),
    missing: 'it is not installed',
    checks: async (lab) => litmusChecks(lab),
  },
  {
    name: 'cadaver',
    packages: ['cadaver'],
    isHere: () => isProgram('cadaver'),
    missing: 'it is not installed',
    checks: async (lab) => cadaverChecks(lab),
  },
  behind(nginx),
  behind(caddy),
  behind(apache),
  {
    name: 'corpus',
    packages: [],
    isHere: async () => corpusFolder() !== undefined,
    missing: 'there is no ../shared/corpus and LATCHKEY_CORPUS names none',
    checks: (lab, signal) => corpusChecks(lab, corpusFolder() ?? '', signal),
  },
];
