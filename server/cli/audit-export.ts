import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Account, ActivityEntry, ActivityEvent } from '../../auth/index.js';
import { activityColumns, cellsOf, headOfCsv, membersOf, rowOfCsv } from '../console/pages/activity-forms.js';
import { activityKinds, eventsOf } from '../console/pages/activity-kinds.js';
import type { Core } from '../core.js';
import { parseBeginning, parseEnd } from './instant-options.js';
import { findAccount, printAll, withCore } from './shell.js';
import type { Shell } from './shell.js';

interface Wanted {
  readonly account?: string;
  readonly since?: number;
  readonly until?: number;
  readonly kind?: readonly ActivityEvent[];
}

type Told = ActivityEntry & { readonly account: Pick<Account, 'id' | 'name'> };

/** Read at a time. */
const PAGE = 500;

const formats = { jsonl, csv };
type Format = keyof typeof formats;

/** `latchkey audit export`: the activity of all accounts, or of one, for a program that collects logs. */
export function auditExport(audit: Command, shell: Shell): void {
  audit
    .command('export')
    .description('Write what happened to accounts: account by account, the newest first')
    .option('--account <name>', 'of this account only, by login name or mail address')
    .option('--since <date>', 'not what was before this day in UTC, or this time with zone', parseBeginning)
    .option('--until <date>', 'not what was after this day in UTC, or this time with zone', parseEnd)
    .option('--kind <kinds>', `only of these kinds: ${activityKinds.join(', ')}`, parseKinds)
    .addOption(
      new Option('--format <format>', 'JSON objects, one a line, or CSV')
        .choices(Object.keys(formats))
        .default('jsonl'),
    )
    .action(async ({ format, ...wanted }: Wanted & { readonly format: Format }) => {
      await withCore(shell, (core) => printAll(shell, formats[format](entries(core, wanted))));
    });
}

/** The events of all the kinds that are named. */
function parseKinds(text: string): readonly ActivityEvent[] {
  const events = text.split(',').map((kind) => eventsOf(kind.trim()));
  if (events.includes(undefined))
    throw new InvalidArgumentError(`Expected one or more of ${activityKinds.join(',')}.`);
  return events.flatMap((each) => each ?? []);
}

async function* entries(core: Core, { account, ...wanted }: Wanted): AsyncGenerator<Told[]> {
  const chosen = account === undefined ? allAccounts(core) : [await findAccount(core, account)];
  for await (const { id, name } of chosen) yield* entriesOf(core, { id, name }, wanted);
}

async function* allAccounts({ auth: { accounts } }: Core): AsyncGenerator<Account> {
  for (let page = await accounts.list(); page.length > 0;) {
    yield* page;
    page = await accounts.list({ after: page.at(-1)?.id });
  }
}

async function* entriesOf(
  { auth: { activity } }: Core,
  account: Told['account'],
  { since, until, kind }: Wanted,
): AsyncGenerator<Told[]> {
  let before: string | undefined;
  do {
    const page = await activity.page(account.id, { limit: PAGE, before, events: kind, since, until });
    if (page.entries.length > 0) yield page.entries.map((entry) => ({ ...entry, account }));
    before = page.older;
  } while (before !== undefined);
}

async function* jsonl(pages: AsyncIterable<readonly Told[]>): AsyncGenerator<string> {
  for await (const page of pages)
    yield page
      .map((entry) => {
        // The time stays in front, so that sorting the lines sorts them by time.
        const { time, ...members } = membersOf(entry);
        const { id: accountId, name: account } = entry.account;
        return `${JSON.stringify({ time, accountId, account, ...members })}\n`;
      })
      .join('');
}

async function* csv(pages: AsyncIterable<readonly Told[]>): AsyncGenerator<string> {
  const withAccount = (cells: readonly string[], ...account: string[]): string[] => [
    ...cells.slice(0, 1),
    ...account,
    ...cells.slice(1),
  ];
  yield headOfCsv(withAccount(activityColumns, 'accountId', 'account'));
  for await (const page of pages)
    yield page
      .map((entry) => rowOfCsv(withAccount(cellsOf(entry), String(entry.account.id), entry.account.name)))
      .join('');
}
