/** Mail that is to be sent. Whoever sends one claims it first, so that it is sent once, whatever number of processes there is. */
import type { Reader, Writer } from './database.js';
import type { AccountId } from './ids.js';
import { statement } from './statement.js';

export interface OutboxRow {
  readonly accountId: AccountId;
  readonly id: string;
  /** What it is about, in a word. */
  readonly kind: string;
  readonly sealed: Uint8Array;
  readonly keyId: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Epoch milliseconds, as all below. */
  readonly queuedAt: number;
  readonly nextAt: number;
  readonly expiresAt: number;
}

interface Which {
  readonly accountId: AccountId;
  readonly id: string;
}

const insert = statement<OutboxRow>()((db, $) =>
  db.insertInto('outbox').values({
    account_id: $.accountId,
    id: $.id,
    kind: $.kind,
    sealed: $.sealed,
    key_id: $.keyId,
    attempts: $.attempts,
    queued_at: $.queuedAt,
    next_at: $.nextAt,
    expires_at: $.expiresAt,
  }),
);
const nextDue = statement<{ now: number }>()((db, $) =>
  db
    .selectFrom('outbox')
    .select([
      'account_id as accountId',
      'id',
      'kind',
      'sealed',
      'key_id as keyId',
      'attempts',
      'queued_at as queuedAt',
      'next_at as nextAt',
      'expires_at as expiresAt',
    ])
    .where('next_at', '<=', $.now)
    .orderBy('next_at')
    .limit(1),
);
const claim = statement<Which & { seen: number; until: number; attempts: number }>()((db, $) =>
  db
    .updateTable('outbox')
    .set({ next_at: $.until, attempts: $.attempts })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id)
    .where('next_at', '=', $.seen),
);
const postpone = statement<Which & { nextAt: number }>()((db, $) =>
  db
    .updateTable('outbox')
    .set({ next_at: $.nextAt })
    .where('account_id', '=', $.accountId)
    .where('id', '=', $.id),
);
const remove = statement<Which>()((db, $) =>
  db.deleteFrom('outbox').where('account_id', '=', $.accountId).where('id', '=', $.id),
);
const removeExpired = statement<{ before: number }>()((db, $) =>
  db.deleteFrom('outbox').where('expires_at', '<', $.before),
);
const ofAccount = statement<{ accountId: AccountId }>()((db, $) =>
  db.selectFrom('outbox').select('id').where('account_id', '=', $.accountId).limit(1),
);

export const insertMail = (writer: Writer, row: OutboxRow): Promise<void> => writer.runEach(insert, [row]);

/** The mail that has been due the longest. */
export const nextMail = (reader: Reader, now: number): Promise<OutboxRow | undefined> =>
  reader.get(nextDue, { now });

/** Takes it for oneself until an instant; answers whether nobody else was first. */
export async function claimMail(
  writer: Writer,
  { accountId, id, nextAt, attempts }: OutboxRow,
  until: number,
): Promise<boolean> {
  const which = { accountId, id, seen: nextAt };
  return (await writer.run(claim, { ...which, until, attempts: attempts + 1 })) === 1;
}

/** It is tried again at an instant. */
export const postponeMail = (writer: Writer, { accountId, id }: Which, nextAt: number): Promise<number> =>
  writer.run(postpone, { accountId, id, nextAt });

/** It was sent, or is given up. */
export const deleteMail = (writer: Writer, { accountId, id }: Which): Promise<number> =>
  writer.run(remove, { accountId, id });

/** What nobody has sent or given up: there is no mail server any more. */
export const deleteExpiredMail = (writer: Writer, before: number): Promise<number> =>
  writer.run(removeExpired, { before });

/** Whether an account has any that is not sent yet. */
export const hasMail = async (reader: Reader, accountId: AccountId): Promise<boolean> =>
  (await reader.get(ofAccount, { accountId })) !== undefined;
