/** What happens to an account and is mailed to its holder, so that who is robbed learns of it (OWASP ASVS 6.3.5, 6.3.7). */
import { accountById, type AccountRow } from '../storage/accounts.js';
import type { ActivityRow } from '../storage/activity.js';
import type { Writer } from '../storage/database.js';
import type { ActivityEvent } from './activity-events.js';
import { entryOf } from './activity.js';
import { queueMail } from './mail.js';
import type { Parts } from './parts.js';

/** `always` is about security; `wanted` may be switched off. What is not here is in the activity alone. */
const notices: Readonly<Partial<Record<ActivityEvent, 'always' | 'wanted'>>> = {
  'account.disabled': 'always',
  'account.exported': 'always',
  'account.renamed': 'always',
  'account.role-changed': 'always',
  'app-password.changed': 'always',
  'app-password.created': 'always',
  'app-password.first-used': 'wanted',
  'app-password.new-client': 'wanted',
  'factors.reset': 'always',
  'passkey.added': 'always',
  'passkey.refused': 'always',
  'passkey.removed': 'always',
  'password.changed': 'always',
  'password.reset': 'always',
  'password.set': 'always',
  'recovery-code.used': 'always',
  'recovery-codes.generated': 'always',
  'sign-in.succeeded': 'wanted',
  'totp.added': 'always',
  'totp.removed': 'always',
};

/** Every event that is mailed; the last two to the address that stood there before. */
export const mailedEvents: readonly ActivityEvent[] = [
  ...(Object.keys(notices) as ActivityEvent[]),
  'account.mail-changed',
  'account.removed',
];

/** Queues the notice of what was just noted, to the address that is confirmed; to no other. */
export async function queueNotice(parts: Parts, writer: Writer, row: ActivityRow): Promise<void> {
  const rule = notices[row.event as ActivityEvent];
  if (rule === undefined || !parts.mails || !isNews(row)) return;
  const account = await accountById(writer, row.accountId);
  const to = confirmedMail(account);
  if (account === undefined || to === undefined) return;
  if (rule === 'wanted' && account.allNotices !== 1) return;
  await queueMail(parts, writer, account, to, noticeOf(row, account.name));
}

/** Of signing in, only that it was from a place where the holder did not do so of late. */
const isNews = ({ event, detail }: ActivityRow): boolean =>
  event !== 'sign-in.succeeded' || 'newPlace' in (JSON.parse(detail) as object);

/** A notice to an address that is the holder's no more, or will not be in a moment. */
export async function queueFarewell(
  parts: Parts,
  writer: Writer,
  account: AccountRow,
  row: ActivityRow,
): Promise<void> {
  const to = confirmedMail(account);
  if (to !== undefined) await queueMail(parts, writer, account, to, noticeOf(row, account.name));
}

export const confirmedMail = (account: AccountRow | undefined): string | undefined =>
  account === undefined || account.emailConfirmedAt === null ? undefined : (account.email ?? undefined);

function noticeOf(row: ActivityRow, name: string) {
  const { event, actor, address, client, detail } = entryOf(row);
  return { kind: 'notice', event, name, actor, from: { address, client }, detail, last: false } as const;
}
