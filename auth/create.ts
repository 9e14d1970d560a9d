/** Puts `auth` together. */
import { deleteOldAppPasswordRequests } from '../storage/app-password-requests.js';
import { deleteExpiredLinks } from '../storage/links.js';
import { deleteExpiredChallenges } from '../storage/passkeys.js';
import { deleteExpiredMail } from '../storage/outbox.js';
import { deleteExpiredSessions } from '../storage/sessions.js';
import { deleteExpiredThrottles } from '../storage/throttle.js';
import { accounts } from './accounts.js';
import { activity } from './activity.js';
import { administration } from './administration.js';
import { appPasswords } from './app-passwords.js';
import { Background } from './background.js';
import { basic } from './basic.js';
import type { Auth } from './contract.js';
import { csrf } from './csrf.js';
import { deviceLogins } from './device-login.js';
import { groups } from './groups.js';
import { links } from './links.js';
import { mailAddress } from './mail-address.js';
import type { AuthOptions } from './options.js';
import { outbox } from './outbox.js';
import type { Parts } from './parts.js';
import { PasswordHashing } from './password-hashing.js';
import { passkeys } from './passkeys.js';
import { passwords } from './passwords.js';
import { Rarely } from './rarely.js';
import { keptRequestsMs, recentRequests } from './recent-requests.js';
import { recoveryCodes } from './recovery-codes.js';
import { registration } from './registration.js';
import { sessions } from './sessions.js';
import { signIn } from './sign-in.js';
import { Throttle } from './throttle.js';
import { totp } from './totp.js';
import { Usage } from './usage.js';

const minuteMs = 60 * 1000;
/** Who sends mail gives it up before. */
const mailKeptMs = 24 * 60 * minuteMs;
const linksKeptMs = 30 * 24 * 60 * minuteMs;

/** One for a process. */
export function createAuth(options: AuthOptions): Auth {
  const parts = partsOf(options);
  return {
    basic: basic(parts),
    signIn: signIn(parts),
    sessions: sessions(parts),
    csrf: csrf(parts),
    totp: totp(parts),
    passkeys: passkeys(parts),
    recoveryCodes: recoveryCodes(parts),
    appPasswords: appPasswords(parts),
    recentRequests: recentRequests(parts),
    deviceLogins: deviceLogins(parts),
    accounts: accounts(parts),
    passwords: passwords(parts),
    links: links(parts),
    registration: registration(parts),
    activity: activity(parts),
    administration: administration(parts),
    groups: groups(parts),
    mailAddress: mailAddress(parts),
    outbox: outbox(parts),
    removeExpired: () => removeExpired(parts),
    close: async () => {
      await parts.usage.close();
      if (options.hashing === undefined) await parts.hashing.close();
      await parts.background.close();
    },
  };
}

function partsOf(options: AuthOptions): Parts {
  const { database, clock: now = Date.now, onError: report = () => undefined } = options;
  const parts: Parts = {
    database,
    keyring: options.keyring,
    baseUrl: options.baseUrl,
    allowInsecure: options.allowInsecure,
    registration: options.registration,
    mails: options.mails ?? false,
    onAccountCreated: options.onAccountCreated ?? (async () => undefined),
    sessionIdleMs: options.sessionIdleMs ?? 30 * minuteMs,
    sessionAbsoluteMs: options.sessionAbsoluteMs ?? 12 * 60 * minuteMs,
    now,
    onActivity: options.onActivity ?? (() => undefined),
    hashing: options.hashing ?? new PasswordHashing(12, 1),
    throttle: new Throttle(database, now),
    usage: new Usage(() => parts, report),
    background: new Background(report),
    throttledNotes: new Rarely(60 * minuteMs, now),
  };
  return parts;
}

/** Each is refused once its time is over, whether it is still there or not. */
async function removeExpired(parts: Parts): Promise<void> {
  const now = parts.now();
  await parts.database.write(
    async (writer) => {
      await deleteExpiredSessions(writer, now, now - parts.sessionIdleMs);
      await deleteExpiredThrottles(writer, now);
      await deleteExpiredChallenges(writer, now);
      await deleteExpiredLinks(writer, now - linksKeptMs);
      await deleteExpiredMail(writer, now - mailKeptMs);
      await deleteOldAppPasswordRequests(writer, now - keptRequestsMs);
    },
    { scope: 'independent', frees: true },
  );
}
