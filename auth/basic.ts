/** Who makes a DAV request: an account through one of its app passwords, and nothing else. */
import { readEarlierNames } from '../storage/account-names.js';
import { credentialsOf, type CredentialRow } from '../storage/app-passwords.js';
import type { AppPasswordId } from '../storage/ids.js';
import type { Actor, Service } from './actor.js';
import { isInRanges } from './address-ranges.js';
import { readCollections } from './app-password-limits.js';
import { canonicalSecret, secretHash } from './app-password-secret.js';
import {
  AppPasswordStrategy,
  parseCredentials,
  type Credentials,
  type StrategyActions,
  type StrategyRequest,
} from './basic-strategy.js';
import type { AuthOutcome, Basic, BasicRequest, ChallengeReason, Refused } from './contract.js';
import { Guesses } from './guesses.js';
import { InsecureWatch } from './insecure-watch.js';
import { LoginPasswordWatch } from './login-password-watch.js';
import { foldName, spellingOf } from './names.js';
import type { Parts } from './parts.js';

const maxNameLength = 254;

const insecure: AuthOutcome = {
  kind: 'insecure',
  sentence:
    'App passwords are only taken over an encrypted connection. Use the https address of this server in the device.',
};

const scopes: Readonly<Record<'both' | Service, ReadonlySet<Service>>> = {
  both: new Set<Service>(['calendars', 'contacts']),
  calendars: new Set<Service>(['calendars']),
  contacts: new Set<Service>(['contacts']),
};

/** A request on its way through the strategy, with what its verification found. */
interface Attempt extends StrategyRequest {
  readonly request: BasicRequest;
  found?: Found;
}

type Found =
  | { readonly kind: 'accepted'; readonly actor: Actor }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number; readonly about: Refused | undefined }
  | { readonly kind: 'refused'; readonly reason: ChallengeReason; readonly about: Refused | undefined };

export function basic(parts: Parts): Basic {
  const guesses = new Guesses(parts);
  const watch = new LoginPasswordWatch(parts);
  const strategy = new AppPasswordStrategy((request, credentials, done) => {
    const attempt = request as Attempt;
    verify(parts, guesses, watch, attempt.request, credentials).then((found) => {
      attempt.found = found;
      done(null, found.kind === 'accepted' ? found.actor : false);
    }, done);
  });
  const insecureWatch = new InsecureWatch(parts);
  return { authenticate: (request) => authenticate(parts, strategy, insecureWatch, request) };
}

function authenticate(
  parts: Parts,
  strategy: AppPasswordStrategy,
  insecureWatch: InsecureWatch,
  request: BasicRequest,
): Promise<AuthOutcome> {
  if (!request.https && !request.loopback && !parts.allowInsecure) {
    insecureWatch.note(request);
    return Promise.resolve(insecure);
  }
  return new Promise<AuthOutcome>((resolve, reject) => {
    const { authorization, path } = request;
    const attempt: Attempt = { headers: { authorization }, originalUrl: path, request };
    const actions: StrategyActions = {
      success: () => {
        if (attempt.found?.kind === 'accepted') resolve(attempt.found);
      },
      fail: (challenge) => resolve(refusal(attempt, challenge)),
      error: reject,
    };
    // As passport does it, without its middleware: an object for each request, with the strategy as its prototype.
    const each = Object.assign(Object.create(strategy) as AppPasswordStrategy, actions);
    each.authenticate(attempt);
  });
}

function refusal({ found, headers }: Attempt, challenge: string): AuthOutcome {
  if (found?.kind === 'throttled') return found;
  const parsed = found === undefined ? parseCredentials(headers.authorization) : undefined;
  const reason = found?.kind === 'refused' ? found.reason : typeof parsed === 'string' ? parsed : 'malformed';
  const about = found?.kind === 'refused' ? found.about : undefined;
  return { kind: 'challenge', headers: { 'WWW-Authenticate': challenge }, reason, about };
}

/** One read whoever and whatever it is: what differs afterwards costs nothing that could be measured. */
async function verify(
  parts: Parts,
  guesses: Guesses,
  watch: LoginPasswordWatch,
  request: BasicRequest,
  { name, password }: Credentials,
): Promise<Found> {
  const nameKey = foldName(name.slice(0, maxNameLength));
  const secret = canonicalSecret(password);
  const row = await lookUp(parts, nameKey, secret.text);
  const refused = row === undefined ? 'wrong' : reasonToRefuse(row, parts.now(), request.address);
  if (row !== undefined && row.id !== null) {
    const used = { accountId: row.accountId, id: row.id };
    if (refused === undefined) {
      parts.usage.used(used, request, parts.now(), row.lastUsedAt === null);
      return { kind: 'accepted', actor: actorOf(row, row.id, name) };
    }
    if (refused !== 'disabled') parts.usage.refused(used, parts.now());
    return { kind: 'refused', reason: refused, about: { accountId: row.accountId, appPasswordId: row.id } };
  }
  if (row !== undefined) watch.compareLater(row.accountId, password, request);
  const about = row && { accountId: row.accountId, appPasswordId: undefined };
  if (secret.mistyped) return { kind: 'refused', reason: 'mistyped', about };
  const wait = guesses.wrong(request.address);
  return wait === undefined
    ? { kind: 'refused', reason: 'wrong', about }
    : { kind: 'throttled', retryAfterSeconds: wait, about };
}

/** Under the current key; while earlier keys are there, under each, for passwords not used since the rotation. */
async function lookUp(parts: Parts, nameKey: string, secret: string): Promise<CredentialRow | undefined> {
  const { keyring, database } = parts;
  let row: CredentialRow | undefined;
  for (const keyId of keyring.ids) {
    const hash = secretHash(keyring, secret, keyId);
    row = await database.read((reader) => credentialsOf(reader, nameKey, hash), { single: true });
    if (row === undefined || row.id === null) continue;
    if (keyId !== keyring.currentId)
      parts.usage.rekey(
        { accountId: row.accountId, id: row.id },
        secretHash(keyring, secret, keyring.currentId),
        keyring.currentId,
      );
    return row;
  }
  return row;
}

function reasonToRefuse(row: CredentialRow, now: number, address: string): ChallengeReason | undefined {
  if (row.revokedAt !== null) return 'revoked';
  if (row.expiresAt !== null && row.expiresAt <= now) return 'expired';
  if (row.disabledAt !== null) return 'disabled';
  return row.addresses === null || isInRanges(row.addresses, address) ? undefined : 'elsewhere';
}

/** `given` is the user name that the device sent. */
function actorOf(row: CredentialRow, id: AppPasswordId, given: string): Actor {
  const names = [row.accountName, ...readEarlierNames(row.earlierNames).map(({ name }) => name)];
  return {
    accountId: row.accountId,
    accountName: row.earlierNames === null ? row.accountName : spellingOf(names, given),
    accountNames: names,
    displayName: row.displayName,
    birthdayCalendar: row.birthdayCalendar,
    quotaBytes: row.quotaBytes,
    email: row.emailConfirmedAt === null ? null : row.email,
    appPasswordId: id,
    services: row.calendars === 1 ? (row.contacts === 1 ? scopes.both : scopes.calendars) : scopes.contacts,
    access: row.access ?? 'read',
    collections: row.collections === null ? null : readCollections(row.collections),
  };
}
