/** Taking everything along: one archive with all calendars, contacts, and what is known of the account. */
import { entriesOf, mostSingleFiles } from '../../archive/entries.js';
import { fileName } from '../../archive/file-names.js';
import { writeArchive } from '../../archive/write.js';
import { StorageBusyError } from '../../../storage/database.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, Visit } from '../visit.js';
import { activityAsJson, toBrowser } from './activity-export.js';

const path = '/profile/export';

/** Archives that this process writes at a time: each reads the whole account, and holds its directory to the end. */
const MOST_AT_ONCE = 2;
let underWay = 0;

function show(visit: Visit): Answered {
  return visit.page('take-along', { title: text('take-along.title'), nav: 'profile' });
}

async function download(visit: Visit): Promise<Answered> {
  const { console, account, by, response, now } = visit;
  const { auth, database, config } = console;
  if (underWay >= MOST_AT_ONCE) throw new StorageBusyError('Enough archives are being written');
  await auth.accounts.noteExport(account.id, by);
  const appPasswords = await auth.appPasswords.list(account.id);
  const day = new Date(now).toISOString().slice(0, 10);
  const { host } = config.baseUrl;
  const entries = entriesOf({
    database,
    account,
    appPasswords,
    activity: () => activityAsJson(auth.activity, account.id),
    readMe: `${text('take-along.read-me', { name: account.name, host, day, most: mostSingleFiles })}\n`,
    now,
  });
  response.attachment(`latchkey-${fileName(account.name, 'account')}-${day}.zip`).type('application/zip');
  underWay += 1;
  try {
    await toBrowser(() => writeArchive(entries, response));
  } finally {
    underWay -= 1;
  }
  return ANSWERED;
}

export const takeAlongPages: readonly Route[] = [
  { method: 'get', path, access: 'holder', stepUp: sameAddress, answer: show },
  { method: 'post', path, access: 'holder', stepUp: sameAddress, answer: download },
];
