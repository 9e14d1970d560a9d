/** The activity as a file: CSV for spreadsheets, JSON for programs. Written as it is read, however long it is. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Account, Activity, ActivityEntry, ActivityEvent } from '../../../auth/index.js';
import { notFoundPage } from '../errors.js';
import { ANSWERED } from '../visit.js';
import type { Answered, Visit } from '../visit.js';
import { activityColumns, cellsOf, headOfCsv, membersOf, rowOfCsv } from './activity-forms.js';
import { eventsOf } from './activity-kinds.js';

/** Entries read at a time. */
const PAGE = 500;

type Pages = AsyncGenerator<readonly ActivityEntry[]>;

const formats: ReadonlyMap<
  string,
  { readonly type: string; readonly write: (pages: Pages) => AsyncGenerator<string> }
> = new Map([
  ['csv', { type: 'text/csv; charset=utf-8', write: csv }],
  ['json', { type: 'application/json; charset=utf-8', write: json }],
]);

/** Answers with the file of the kind that the page shows, or of all. */
export async function exportActivity(visit: Visit): Promise<Answered> {
  const name = visit.query('format');
  const format = formats.get(name);
  if (format === undefined) return notFoundPage(visit);
  const { activity } = visit.console.auth;
  const page = (before: string | undefined, events: readonly ActivityEvent[] | undefined) =>
    activity.page(visit.account.id, { limit: PAGE, before, events });
  const events = eventsOf(visit.query('kind'));
  // The first page before the head: what goes wrong by then is answered with a page.
  let { entries, older } = await page(undefined, events);
  async function* pages(): Pages {
    yield entries;
    while (older !== undefined) {
      ({ entries, older } = await page(older, events));
      yield entries;
    }
  }
  const { response } = visit;
  response.set('Content-Type', format.type);
  response.set('Content-Disposition', `attachment; filename="activity.${name}"`);
  await toBrowser(() => pipeline(Readable.from(format.write(pages())), response));
  return ANSWERED;
}

/** Sends what is long. A browser that goes away ends the answer, and that is all. */
export async function toBrowser(send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'))
      throw error;
  }
}

/** The whole activity of an account, as the file for programs. */
export async function* activityAsJson(activity: Activity, accountId: Account['id']): AsyncGenerator<string> {
  async function* pages(): Pages {
    let before: string | undefined;
    do {
      const { entries, older } = await activity.page(accountId, { limit: PAGE, before });
      yield entries;
      before = older;
    } while (before !== undefined);
  }
  yield* json(pages());
}

async function* csv(pages: Pages): AsyncGenerator<string> {
  yield headOfCsv(activityColumns);
  for await (const page of pages) yield page.map((entry) => rowOfCsv(cellsOf(entry))).join('');
}

async function* json(pages: Pages): AsyncGenerator<string> {
  let before = '[\n';
  for await (const page of pages) {
    let written = '';
    for (const entry of page) {
      written += before + JSON.stringify(membersOf(entry));
      before = ',\n';
    }
    yield written;
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}
