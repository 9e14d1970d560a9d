/** A server's `auth` over a database of its own, with a clock that tests turn, and people who live in it. */
import { generateSync } from 'otplib';
import { createAuth, openKeyring } from '../../auth/index.js';
import type {
  Account,
  Auth,
  AuthOptions,
  AuthOutcome,
  By,
  Client,
  Keyring,
  NewAppPassword,
  Session,
} from '../../auth/index.js';
import type { Database } from '../../storage/database.js';
import { temporaryDatabase } from '../storage/temporary-database.js';
import { quickHashing } from './quick-hashing.js';

export const laptop: Client = {
  address: '192.0.2.10',
  https: true,
  loopback: false,
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
};
export const elsewhere: Client = { ...laptop, address: '198.51.100.7' };
export const phone: Client = {
  address: '192.0.2.20',
  https: true,
  loopback: false,
  userAgent: 'DAVx5/4.4.3-ose (2024/10/15; dav4jvm; okhttp/4.12.0) Android/14',
};
export const shell: By = { kind: 'shell' };
export const goodPassword = 'plum tree in the yard';

export interface House {
  readonly auth: Auth;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly secretFile: string;
  readonly file: string;
  /** Moves the clock on. */
  readonly pass: (ms: number) => void;
  readonly now: () => number;
  /** Another `auth` on the same database, as another process has; closed with the house. */
  again(options?: Partial<AuthOptions>): Promise<Auth>;
  dispose(): Promise<void>;
}

export async function house(options: Partial<AuthOptions> = {}): Promise<House> {
  const temporary = await temporaryDatabase();
  const { database, file } = temporary;
  const secretFile = `${file}.secret.json`;
  let time = Date.UTC(2026, 2, 1, 12);
  const auths: Auth[] = [];
  const open = async (more: Partial<AuthOptions> = {}): Promise<{ auth: Auth; keyring: Keyring }> => {
    const keyring = await openKeyring({ file: secretFile, database });
    const auth = createAuth({
      database,
      keyring,
      baseUrl: new URL('https://dav.example.org'),
      allowInsecure: false,
      registration: 'invite',
      clock: () => time,
      hashing: quickHashing,
      onError: (error) => {
        throw error;
      },
      ...options,
      ...more,
    });
    auths.push(auth);
    return { auth, keyring };
  };
  const { auth, keyring } = await open();
  return {
    auth,
    database,
    keyring,
    secretFile,
    file,
    pass: (ms) => void (time += ms),
    now: () => time,
    again: async (more) => (await open(more)).auth,
    dispose: async () => {
      for (const each of auths) await each.close();
      await temporary.dispose();
    },
  };
}

export interface Person {
  readonly account: Account;
  /** Of the authenticator app. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  readonly session: Session;
  readonly by: By & { readonly kind: 'session' };
  readonly cookie: string;
}

/** The cookie as a browser sends it back. */
export const cookieOf = (setCookie: string): string => setCookie.split(';', 1)[0] ?? '';

/** The code that the app shows. */
export const codeOf = (secret: string, now: number): string =>
  generateSync({ secret: secret.replaceAll(' ', ''), epoch: Math.floor(now / 1000) });

export const acting = (session: Session, client: Client = laptop): By & { readonly kind: 'session' } => ({
  kind: 'session',
  session,
  client,
});

/** An account with two-step verification, signed in. */
export async function person(
  { auth, now, pass }: House,
  name: string,
  options: { readonly isAdmin?: boolean; readonly email?: string } = {},
): Promise<Person> {
  await auth.accounts.create({ name, password: goodPassword, ...options }, shell);
  const begun = await auth.signIn.begin({ name, password: goodPassword, client: laptop });
  if (begun.kind !== 'signed-in') throw new Error(`Signing in ended with ${begun.kind}`);
  const enrolment = await auth.totp.begin(acting(begun.session));
  const code = codeOf(enrolment.secret, now());
  const confirmed = await auth.totp.confirm(
    { id: enrolment.id, code, label: 'Phone' },
    acting(begun.session),
  );
  const made = await auth.recoveryCodes.generate(acting(confirmed.session));
  const enrolled = acting(confirmed.session);
  const { session, setCookie } = await auth.recoveryCodes.confirmSaved(enrolled, made.createdAt);
  // The code is used up: the next one is another.
  pass(30_000);
  return {
    account: session.account,
    secret: enrolment.secret,
    recoveryCodes: made.codes,
    session,
    by: acting(session),
    cookie: cookieOf(setCookie),
  };
}

export async function appPassword(
  { auth }: House,
  { account, by }: Pick<Person, 'account' | 'by'>,
  input: Partial<NewAppPassword> = {},
): Promise<string> {
  const made = await auth.appPasswords.create(
    account.id,
    { label: 'Phone', services: new Set(['calendars', 'contacts']), access: 'write', ...input },
    by,
  );
  return made.secret;
}

export const authorization = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** A DAV request with these credentials. */
export const ask = (
  { auth }: Pick<House, 'auth'>,
  header: string | undefined,
  more: Partial<Client> & { readonly path?: string } = {},
): Promise<AuthOutcome> =>
  auth.basic.authenticate({ ...phone, path: '/dav/', authorization: header, ...more });

export const kindOf = async (outcome: Promise<AuthOutcome>): Promise<string> => {
  const found = await outcome;
  return found.kind === 'challenge' ? found.reason : found.kind;
};

/** Resolves when the condition holds: what happens in the background has no event to wait for. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not happen within four seconds');
}
