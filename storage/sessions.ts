/** Console sessions. The token itself is in the browser's cookie alone; here is its hash. */
import { accountColumns, factorCount, type AccountRow } from './accounts.js';
import type { Reader, Writer } from './database.js';
import { SessionId, type AccountId } from './ids.js';
import type { SessionStage } from './schema.js';
import { statement } from './statement.js';

export interface SessionRow {
  readonly accountId: AccountId;
  readonly id: SessionId;
  readonly tokenHash: Uint8Array;
  readonly stage: SessionStage;
  readonly factorProvedAt: number | null;
  readonly address: string;
  readonly userAgent: string;
  /** What the holder calls it. */
  readonly label: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
}

const columns = [
  'session.account_id as accountId',
  'session.id as sessionId',
  'session.token_hash as tokenHash',
  'session.stage as stage',
  'session.factor_proved_at as factorProvedAt',
  'session.address as address',
  'session.user_agent as userAgent',
  'session.label as label',
  'session.created_at as sessionCreatedAt',
  'session.last_seen_at as lastSeenAt',
  'session.expires_at as expiresAt',
] as const;

interface JoinedRow extends Omit<SessionRow, 'id' | 'createdAt'> {
  readonly sessionId: SessionId;
  readonly sessionCreatedAt: number;
}

const byToken = statement<{ accountId: AccountId; tokenHash: Uint8Array }>()((db, $) =>
  db
    .selectFrom('session')
    .innerJoin('account', 'account.id', 'session.account_id')
    .select(columns)
    .select(accountColumns)
    .select(factorCount)
    .where('session.account_id', '=', $.accountId)
    .where('session.token_hash', '=', $.tokenHash),
);
const byId = statement<{ accountId: AccountId; id: SessionId }>()((db, $) =>
  db.selectFrom('session').select('id').where('account_id', '=', $.accountId).where('id', '=', $.id),
);
const ofAccount = statement<{ accountId: AccountId; now: number; seenAfter: number }>()((db, $) =>
  db
    .selectFrom('session')
    .select(columns)
    .where('session.account_id', '=', $.accountId)
    .where('expires_at', '>', $.now)
    .where('last_seen_at', '>', $.seenAfter)
    .orderBy('last_seen_at', 'desc')
    .limit(200),
);
const insert = statement<SessionRow>()((db, $) =>
  db.insertInto('session').values({
    account_id: $.accountId,
    id: $.id,
    token_hash: $.tokenHash,
    stage: $.stage,
    factor_proved_at: $.factorProvedAt,
    address: $.address,
    user_agent: $.userAgent,
    label: $.label,
    created_at: $.createdAt,
    last_seen_at: $.lastSeenAt,
    expires_at: $.expiresAt,
  }),
);
const renew = statement<Pick<SessionRow, 'accountId' | 'id' | 'tokenHash' | 'stage' | 'factorProvedAt'>>()(
  (db, $) =>
    db
      .updateTable('session')
      .set({ token_hash: $.tokenHash, stage: $.stage, factor_proved_at: $.factorProvedAt })
      .where('account_id', '=', $.accountId)
      .where('id', '=', $.id),
);
const touch = statement<Pick<SessionRow, 'accountId' | 'id' | 'lastSeenAt' | 'address'>>()((db, $) =>
  db
    .updateTable('session')
    .set({ last_seen_at: $.lastSeenAt, address: $.address })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id)
    .where('last_seen_at', '<', $.lastSeenAt),
);
const relabel = statement<Pick<SessionRow, 'accountId' | 'id' | 'label'>>()((db, $) =>
  db
    .updateTable('session')
    .set({ label: $.label })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);
const remove = statement<{ accountId: AccountId; id: SessionId }>()((db, $) =>
  db.deleteFrom('session').where('account_id', '=', $.accountId).where('id', '=', $.id),
);
const removeOthers = statement<{ accountId: AccountId; but: SessionId }>()((db, $) =>
  db.deleteFrom('session').where('account_id', '=', $.accountId).where('id', '!=', $.but),
);
const removeExpired = statement<{ now: number; seenBefore: number }>()((db, $) =>
  db
    .deleteFrom('session')
    .where((where) =>
      where.or([where('expires_at', '<=', $.now), where('last_seen_at', '<=', $.seenBefore)]),
    ),
);

/** The session of a token and its account, expired or not. */
export async function sessionByToken(
  reader: Reader,
  accountId: AccountId,
  tokenHash: Uint8Array,
): Promise<{ readonly session: SessionRow; readonly account: AccountRow } | undefined> {
  const row = await reader.get(byToken, { accountId, tokenHash });
  return row === undefined ? undefined : { session: sessionOf(row), account: row };
}

/** Whether the session is there: it was not ended. */
export async function hasSession(reader: Reader, accountId: AccountId, id: SessionId): Promise<boolean> {
  return (await reader.get(byId, { accountId, id })) !== undefined;
}

/** Sessions that have neither expired nor idled away, last seen first. */
export async function listSessions(
  reader: Reader,
  accountId: AccountId,
  now: number,
  seenAfter: number,
): Promise<SessionRow[]> {
  return (await reader.all(ofAccount, { accountId, now, seenAfter })).map(sessionOf);
}

const sessionOf = (row: JoinedRow): SessionRow => ({
  accountId: row.accountId,
  id: row.sessionId,
  tokenHash: row.tokenHash,
  stage: row.stage,
  factorProvedAt: row.factorProvedAt,
  address: row.address,
  userAgent: row.userAgent,
  label: row.label,
  createdAt: row.sessionCreatedAt,
  lastSeenAt: row.lastSeenAt,
  expiresAt: row.expiresAt,
});

export const insertSession = (writer: Writer, row: SessionRow): Promise<number> => writer.run(insert, row);

/** Gives a session another token, and what it may do from now on; answers 0 when it has ended meanwhile. */
export const renewSession = (
  writer: Writer,
  row: Pick<SessionRow, 'accountId' | 'id' | 'tokenHash' | 'stage' | 'factorProvedAt'>,
): Promise<number> => writer.run(renew, row);

/** Answers whether it was there. */
export async function labelSession(
  writer: Writer,
  row: Pick<SessionRow, 'accountId' | 'id' | 'label'>,
): Promise<boolean> {
  return (await writer.run(relabel, row)) === 1;
}

export const touchSession = (
  writer: Writer,
  row: Pick<SessionRow, 'accountId' | 'id' | 'lastSeenAt' | 'address'>,
): Promise<number> => writer.run(touch, row);

export const deleteSession = (writer: Writer, accountId: AccountId, id: SessionId): Promise<number> =>
  writer.run(remove, { accountId, id });

/** Every session of the account but one, if there is one to keep. */
export const deleteOtherSessions = (
  writer: Writer,
  accountId: AccountId,
  but: SessionId | undefined,
): Promise<number> => writer.run(removeOthers, { accountId, but: but ?? SessionId('') });

export const deleteExpiredSessions = (writer: Writer, now: number, seenBefore: number): Promise<number> =>
  writer.run(removeExpired, { now, seenBefore });
