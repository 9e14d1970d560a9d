/** Taking everything along: one archive with all calendars, contacts, and what is known of the account. */
import { entriesOf } from '../../archive/entries.js';
import { fileName } from '../../archive/file-names.js';
import { writeArchive } from '../../archive/write.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, Visit } from '../visit.js';
import { activityAsJson, toBrowser } from './activity-export.js';

const path = '/profile/export';

function show(visit: Visit): Answered {
  return visit.page('take-along', { title: text('take-along.title'), nav: 'profile' });
}

async function download(visit: Visit): Promise<Answered> {
  const { console, account, by, response, now } = visit;
  const { auth, database, config } = console;
  await auth.accounts.noteExport(account.id, by);
  const appPasswords = await auth.appPasswords.list(account.id);
  const day = new Date(now).toISOString().slice(0, 10);
  const { host } = config.baseUrl;
  const entries = entriesOf({
    database,
    account,
    appPasswords,
    activity: () => activityAsJson(auth.activity, account.id),
    readMe: `${text('take-along.read-me', { name: account.name, host, day })}\n`,
    now,
  });
  response.attachment(`latchkey-${fileName(account.name, 'account')}-${day}.zip`).type('application/zip');
  await toBrowser(() => writeArchive(entries, response));
  return ANSWERED;
}

export const takeAlongPages: readonly Route[] = [
  { method: 'get', path, access: 'holder', stepUp: sameAddress, answer: show },
  { method: 'post', path, access: 'holder', stepUp: sameAddress, answer: download },
];
