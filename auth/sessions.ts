/** Console sessions: opened by a cookie on every request, listed, ended. */
import { voidLinks } from '../storage/links.js';
import {
  labelSession,
  listSessions,
  sessionByToken,
  touchSession,
  type SessionRow,
} from '../storage/sessions.js';
import { accountOf } from './account-view.js';
import type { Client } from './client.js';
import { clientName } from './client-names.js';
import type { Opened, Sessions } from './contract.js';
import { readCookie, writeCookie } from './cookies.js';
import { AuthError } from './errors.js';
import { parseLabel } from './labels.js';
import { checkMay, isSteppedUp } from './may.js';
import type { Parts } from './parts.js';
import { parseSessionValue, tokenHash } from './session-cookie.js';
import { endSession, endSessions } from './session-endings.js';
import { openTicket } from './sign-in-ticket.js';
import { unitOfAccount } from './unit.js';

/** How exactly the last use is kept: a page view is no reason for a write. */
const seenEveryMs = 60_000;

export function sessions(parts: Parts): Sessions {
  const { database } = parts;
  return {
    open: (cookieHeader, client) => open(parts, cookieHeader, client),
    list: async (accountId) => {
      const now = parts.now();
      const rows = await database.read((reader) =>
        listSessions(reader, accountId, now, now - parts.sessionIdleMs),
      );
      return rows.map(entryOf);
    },
    end: async (accountId, id, by) => {
      checkMay(parts, by, accountId, { administrators: true });
      await unitOfAccount(parts, accountId, async ({ writer, note }) => {
        if (!(await endSession(writer, accountId, id)))
          throw new AuthError('not-found', 'This session has ended already.');
        // Whoever held it may have agreed to an app password that nobody has fetched yet.
        await voidLinks(writer, 'device', accountId, parts.now());
        await note(accountId, 'session.ended', by);
      });
    },
    rename: async (accountId, id, text, by) => {
      checkMay(parts, by, accountId, {});
      const label = parseLabel(text);
      const row = { accountId, id, label: label === '' ? null : label };
      const isThere = await database.write((writer) => labelSession(writer, row), { scope: accountId });
      if (!isThere) throw new AuthError('not-found', 'This session has ended already.');
    },
    endOthers: async (accountId, by) => {
      checkMay(parts, by, accountId, { administrators: true });
      const own = by.kind === 'session' && by.session.account.id === accountId ? by.session.id : undefined;
      return unitOfAccount(parts, accountId, async ({ writer, note }) => {
        const ended = await endSessions(writer, accountId, own);
        await voidLinks(writer, 'device', accountId, parts.now());
        await note(accountId, 'sessions.ended', by, { sessionsEnded: ended });
        return ended;
      });
    },
    signOut: async (session, client) => {
      if (session !== undefined)
        await database.write((writer) => endSession(writer, session.account.id, session.id), {
          scope: session.account.id,
        });
      return { setCookie: writeCookie('session', client, undefined, 0) };
    },
    isSteppedUp: (session) => isSteppedUp(session, parts.now()),
  };
}

async function open(parts: Parts, cookieHeader: string | undefined, client: Client): Promise<Opened> {
  const value = readCookie(cookieHeader, 'session', client);
  if (value === undefined) return { kind: 'none' };
  if (openTicket(parts, value) !== undefined) return { kind: 'second-step' };
  const ticket = parseSessionValue(value);
  if (ticket === undefined) return { kind: 'none' };
  const found = await parts.database.read((reader) =>
    sessionByToken(reader, ticket.accountId, tokenHash(ticket.token)),
  );
  const now = parts.now();
  if (found?.account.disabledAt !== null || !isAlive(parts, found.session, now)) return { kind: 'none' };
  const { session: row, account } = found;
  touch(parts, row, client, now);
  return {
    kind: 'session',
    session: {
      id: row.id,
      account: accountOf(account),
      stage: row.stage,
      factorProvedAt: row.factorProvedAt ?? undefined,
      createdAt: row.createdAt,
      expiresAt: row.expiresAt,
    },
  };
}

const isAlive = (parts: Parts, row: SessionRow, now: number): boolean =>
  now < row.expiresAt && now - row.lastSeenAt < parts.sessionIdleMs;

function touch(parts: Parts, row: SessionRow, client: Client, now: number): void {
  if (now - row.lastSeenAt < Math.min(seenEveryMs, parts.sessionIdleMs / 2)) return;
  parts.background.run('keeping when a session was used', () =>
    parts.database.write(
      (writer) =>
        touchSession(writer, {
          accountId: row.accountId,
          id: row.id,
          lastSeenAt: now,
          address: client.address,
        }),
      { scope: row.accountId },
    ),
  );
}

const entryOf = (row: SessionRow): Awaited<ReturnType<Sessions['list']>>[number] => ({
  id: row.id,
  stage: row.stage,
  address: row.address,
  client: clientName(row.userAgent),
  label: row.label ?? undefined,
  createdAt: row.createdAt,
  lastSeenAt: row.lastSeenAt,
  expiresAt: row.expiresAt,
});
