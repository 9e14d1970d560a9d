/** Each file of the corpus as a check of its own, where the corpus is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../server/config.js';
import { finished } from './check.js';
import type { Check } from './check.js';
import { runCorpus } from './corpus.js';
import { Device } from './device.js';
import type { Lab } from './lab.js';

const COMPONENTS = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY'];

/** `LATCHKEY_CORPUS`, or the folder beside the repository; undefined where there is none. */
export function corpusFolder(): string | undefined {
  const folder = process.env['LATCHKEY_CORPUS'] ?? join(projectRoot, '..', 'shared', 'corpus');
  return existsSync(join(folder, 'icalendar')) ? folder : undefined;
}

/** Puts the whole corpus to the server, and answers a check for each file with what was found. */
export async function corpusChecks(lab: Lab, folder: string, signal: AbortSignal): Promise<Check[]> {
  const device = new Device(lab.baseUrl, await lab.account(signal), signal);
  const results = await runCorpus({
    baseUrl: lab.baseUrl,
    calendarUrl: await device.makeCollection('calendars', COMPONENTS),
    addressbookUrl: await device.collection('contacts'),
    authorization: device.authorization,
    corpusFolder: folder,
  });
  return results.map(({ name, ok, detail }) => finished(name, { state: ok ? 'ok' : 'FAILED', detail }));
}
