/** A console over a database of its own, with a clock that tests turn, and people who use it by its pages. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateSync } from 'otplib';
import { createAuth, openKeyring } from '../../auth/index.js';
import type { Account, Auth, AuthOptions, Client } from '../../auth/index.js';
import { createDefaultCollections } from '../../dav/index.js';
import { createConsole } from '../../server/console/index.js';
import type { ConsoleConfig } from '../../server/console/index.js';
import type { Database } from '../../storage/index.js';
import { quickHashing } from '../auth/quick-hashing.js';
import { temporaryDatabase } from '../storage/temporary-database.js';
import type { TemporaryDatabase } from '../storage/temporary-database.js';

export const goodPassword = 'plum tree in the yard';

export interface House {
  readonly auth: Auth;
  readonly database: Database;
  readonly server: Server;
  /** `http://localhost:PORT` */
  readonly origin: string;
  /** What reached `onError`. */
  readonly errors: unknown[];
  now(): number;
  /** Moves the clock on. */
  pass(ms: number): void;
  /** Who the next requests come from. */
  comesFrom(client: Partial<Omit<Client, 'userAgent'>>): void;
  dispose(): Promise<void>;
}

/** Opens a console on a free port of loopback. */
export async function house(
  options: Partial<AuthOptions> = {},
  open: () => Promise<TemporaryDatabase> = temporaryDatabase,
  more: Partial<ConsoleConfig> = {},
): Promise<House> {
  const { database, file, dispose } = await open();
  let time = Date.now();
  let from = { address: '127.0.0.1', https: false, loopback: true };
  const clock = (): number => time;
  const errors: unknown[] = [];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { baseUrl = new URL(origin) } = options;
  const auth = createAuth({
    database,
    keyring: await openKeyring({ file: `${file}.secret.json`, database }),
    baseUrl,
    allowInsecure: false,
    registration: 'invite',
    clock,
    hashing: quickHashing,
    onAccountCreated: (writer, { id }) => createDefaultCollections(writer, id, time),
    ...options,
  });
  const app = createConsole({
    auth,
    database,
    config: { baseUrl, allowInsecure: false, version: '0.0.0', ...more },
    clientOf: () => from,
    onError: (error) => errors.push(error),
    clock,
  });
  server.on('request', app);
  return {
    auth,
    database,
    server,
    origin,
    errors,
    now: clock,
    pass: (ms) => void (time += ms),
    comesFrom: (client) => void (from = { ...from, ...client }),
    dispose: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await auth.close();
      await dispose();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Buffer;
  /** The path and query that answered. */
  readonly path: string;
  readonly location: string | null;
}

export type Fields = Readonly<Record<string, string>>;

/** A browser without JavaScript: keeps cookies, fills in forms as they stand on the page, follows redirects. */
export class Visitor {
  readonly cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  async request(method: 'GET' | 'POST', path: string, fields?: Fields): Promise<Answer> {
    const headers: Record<string, string> = {
      Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    };
    const body = fields === undefined ? null : new URLSearchParams(fields);
    const response = await fetch(`${this.origin}${path}`, { method, headers, body, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.keep(cookie);
    const bytes = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      headers: response.headers,
      body: bytes.toString(),
      bytes,
      path,
      location: response.headers.get('Location'),
    };
  }

  protected keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/Max-Age=0/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  /** Opens a page, and where it leads on to. */
  async open(path: string): Promise<Answer> {
    return this.follow(await this.request('GET', path));
  }

  async follow(answer: Answer): Promise<Answer> {
    let last = answer;
    for (let hops = 0; last.location !== null && hops < 5; hops += 1) {
      last = await this.request('GET', last.location);
    }
    return last;
  }

  /** Sends the form of a page that posts to `action`, with what stands in it and `fields`; answers what follows. */
  async send(page: Answer, action: string, fields: Fields = {}): Promise<Answer> {
    return this.follow(await this.post(page, action, fields));
  }

  /** As `send`, without going on to where it leads. */
  async post(page: Answer, action: string, fields: Fields = {}): Promise<Answer> {
    return this.request('POST', action, { ...formOn(page, action), ...fields });
  }
}

/** What a browser would send of the form as it stands. */
export function formOn({ body, path }: Answer, action: string): Record<string, string> {
  const form = [...body.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].find(
    ([, target = '']) => unescape(target) === action,
  )?.[2];
  assert.ok(form !== undefined, `${path} has no form that posts to ${action}`);
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const attribute = (name: string): string =>
      unescape(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
    const choice = attribute('type') === 'radio' || attribute('type') === 'checkbox';
    if (!choice || tag.includes(' checked')) fields[attribute('name')] = attribute('value');
  }
  return fields;
}

export function unescape(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** The words of a page, tags aside. */
export function words({ body }: Pick<Answer, 'body'>): string {
  const visible = body.replace(/<(script|style|noscript)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ');
  return unescape(visible).replace(/\s+/g, ' ').trim();
}

/** Somebody with an account, by their browser. */
export class Person extends Visitor {
  secret = '';

  constructor(
    private readonly home: House,
    readonly name: string,
  ) {
    super(home.origin);
  }

  /** The code that their authenticator app shows now; the clock goes on first, since each works once. */
  code(): string {
    this.home.pass(30_000);
    return generateSync({ secret: this.secret, epoch: Math.floor(this.home.now() / 1000) });
  }

  /** From a link to an account with two-step verification and saved recovery codes: the first two of the three steps. */
  async setUp(path: string): Promise<Answer> {
    const { name } = this;
    const choose = await this.send(await this.open(path), path, {
      name,
      password: goodPassword,
      repeat: goodPassword,
    });
    return this.enrol(choose);
  }

  /** From the page where the method is chosen to saved recovery codes. */
  async enrol(choose: Answer): Promise<Answer> {
    const app = await this.send(choose, '/security/two-step');
    this.secret = typedKey(app);
    const codes = await this.send(app, '/security/two-step/app', { code: this.code() });
    return this.send(codes, '/security/recovery-codes/saved', { saved: 'yes' });
  }

  async signIn(next = '/'): Promise<Answer> {
    const { name } = this;
    const first = await this.open(`/sign-in?next=${encodeURIComponent(next)}`);
    const second = await this.send(first, '/sign-in', { name, password: goodPassword });
    return this.send(second, '/sign-in/code', { code: this.code() });
  }

  async stepUp(next: string): Promise<Answer> {
    const page = await this.open(`/step-up?next=${encodeURIComponent(next)}`);
    return this.send(page, '/step-up', { code: this.code() });
  }

  account(): Promise<Account> {
    return this.home.auth.accounts.find(this.name).then((found) => {
      assert.ok(found !== undefined, `there is no account ${this.name}`);
      return found;
    });
  }
}

/** The key on the page that connects an authenticator app, as somebody would type it. */
export function typedKey({ body }: Answer): string {
  const key = /<code id="key">([\s\S]*?)<\/code>/.exec(body)?.[1];
  assert.ok(key !== undefined, 'the page shows no key');
  return key.replace(/<[^>]*>|\s/g, '');
}

/** The app passwords on the page that shows them. */
export function shownPasswords({ body }: Pick<Answer, 'body'>): string[] {
  return [...body.matchAll(/<code id="secret-\d+">([\s\S]*?)<\/code>/g)].map(([, code = '']) =>
    code.replace(/<[^>]*>|\s/g, ''),
  );
}

/** The path of the first link of a new house. */
export async function setUpPath({ auth }: House): Promise<string> {
  const link = await auth.links.setup();
  assert.ok(link !== undefined, 'the house has an account already');
  return new URL(link.url).pathname;
}

/** A house with its administrator, ready to make app passwords. */
export async function livedIn(
  options: Partial<AuthOptions> = {},
  open?: () => Promise<TemporaryDatabase>,
  more: Partial<ConsoleConfig> = {},
): Promise<{ home: House; anna: Person }> {
  const home = await house(options, open, more);
  const anna = new Person(home, 'anna');
  await anna.setUp(await setUpPath(home));
  return { home, anna };
}
