/** Sending the mail that is queued: claimed before it is tried, tried again after pauses that grow, given up when it is too old. */
import { accountById } from '../storage/accounts.js';
import { claimMail, deleteMail, nextMail, postponeMail, type OutboxRow } from '../storage/outbox.js';
import type { Delivery, Outbox, SendOutcome } from './contract.js';
import { letterOf } from './mail.js';
import type { Parts } from './parts.js';
import { unitOfAccount } from './unit.js';

/** Longer than a try takes; who claimed it and is gone has it tried again by others after that. */
const claimMs = 5 * 60 * 1000;
const firstPauseMs = 30 * 1000;
const longestPauseMs = 60 * 60 * 1000;

export function outbox(parts: Parts): Outbox {
  return {
    works: parts.mails,
    deliver: async (delivery, signal) => {
      while (!signal.aborted) {
        const row = await next(parts);
        if (row === undefined) return true;
        if ((await tryOne(parts, delivery, row)) === 'down') return false;
      }
      return true;
    },
  };
}

/** Claims the mail that has been due the longest; undefined where there is none. */
async function next(parts: Parts): Promise<OutboxRow | undefined> {
  for (;;) {
    const now = parts.now();
    const row = await parts.database.read((reader) => nextMail(reader, now));
    if (row === undefined) return undefined;
    const mine = await parts.database.write((writer) => claimMail(writer, row, now + claimMs), {
      scope: 'independent',
    });
    if (mine) return { ...row, attempts: row.attempts + 1 };
  }
}

async function tryOne(parts: Parts, delivery: Delivery, row: OutboxRow): Promise<SendOutcome> {
  const letter = letterOf(parts, row);
  if (letter === undefined || row.expiresAt <= parts.now()) {
    await giveUp(parts, delivery, { ...row, attempts: row.attempts - 1 });
    return 'never';
  }
  const outcome = await delivery.send(letter);
  if (outcome === 'sent')
    await parts.database.write((writer) => deleteMail(writer, row), { scope: 'independent', frees: true });
  else await tryAgain(parts, delivery, row, outcome);
  return outcome;
}

async function tryAgain(
  parts: Parts,
  delivery: Delivery,
  row: OutboxRow,
  outcome: SendOutcome,
): Promise<void> {
  const pause = Math.min(firstPauseMs * 2 ** Math.min(row.attempts - 1, 20), longestPauseMs);
  const nextAt = parts.now() + pause;
  if (outcome === 'never' || nextAt >= row.expiresAt) return giveUp(parts, delivery, row);
  await parts.database.write((writer) => postponeMail(writer, row, nextAt), { scope: 'independent' });
}

/** Says so in the log and, where the account is still there, in its activity. */
async function giveUp(parts: Parts, { onGivenUp }: Delivery, row: OutboxRow): Promise<void> {
  const { accountId, kind, attempts } = row;
  await unitOfAccount(parts, accountId, async ({ writer, note }) => {
    await deleteMail(writer, row);
    if ((await accountById(writer, accountId)) !== undefined)
      await note(accountId, 'mail.failed', { kind: 'system' }, { about: kind });
  });
  onGivenUp({ accountId, kind, attempts });
}
