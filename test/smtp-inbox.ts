/** A mail server on loopback that keeps what it is given, and can be made to refuse, to fall silent and to die. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream } from 'smtp-server';
import { until } from './until.js';

/** What it does with the next mails; a number is an SMTP reply to each recipient. */
export type Mood = 'takes' | 'is silent' | 'hangs up' | 450 | 550;

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came. */
  readonly raw: string;
  readonly headers: ReadonlyMap<string, string>;
  /** The text, decoded. */
  readonly text: string;
  readonly user: string | undefined;
}

export class SmtpInbox {
  readonly received: Received[] = [];
  mood: Mood = 'takes';
  connections = 0;

  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
  ) {}

  /** Starts it on a free port; with `user`, only who gives that name and the password `secret` may send. */
  static async start({ user }: { readonly user?: string } = {}): Promise<SmtpInbox> {
    const place: { inbox?: SmtpInbox } = {};
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: user === undefined,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      closeTimeout: 100,
      onAuth: ({ username, password }, _session, callback) => {
        if (username === user && password === 'secret') callback(null, { user: username });
        else callback(new Error('These are not right'));
      },
      onConnect: (_session, callback) => {
        const { inbox } = place;
        if (inbox !== undefined) inbox.connections += 1;
        if (inbox?.mood === 'is silent') return;
        callback(inbox?.mood === 'hangs up' ? new Error('No service') : null);
      },
      onRcptTo: (_address, _session, callback) => {
        const mood = place.inbox?.mood;
        if (typeof mood !== 'number') callback();
        else callback(Object.assign(new Error('Not here'), { responseCode: mood }));
      },
      onData: (stream, { envelope, user: by }, callback) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        void textOf(stream).then((raw) => {
          const named = typeof by === 'string' ? by : undefined;
          place.inbox?.received.push({ from, to, ...read(raw), user: named });
          callback(null);
        });
      },
    });
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const inbox = new SmtpInbox(server, (server.server.address() as AddressInfo).port);
    place.inbox = inbox;
    return inbox;
  }

  /** For LATCHKEY_SMTP_URL. */
  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** The mail to an address after those that were taken before, as soon as there is one. */
  async next(to: string): Promise<Received> {
    const found = (): number => this.received.findIndex((mail) => mail.to.includes(to));
    await until(() => found() !== -1, `mail to ${to}`, 20_000);
    const [mail] = this.received.splice(found(), 1);
    if (mail === undefined) throw new Error('The mail is gone');
    return mail;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** The first link of a mail: its path. */
export function pathIn({ text }: Pick<Received, 'text'>): string {
  const url = /https?:\/\/\S+/.exec(text)?.[0];
  if (url === undefined) throw new Error('The mail holds no link');
  return new URL(url).pathname;
}

async function textOf(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function read(raw: string): Pick<Received, 'raw' | 'headers' | 'text'> {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ');
  const headers = new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { raw, headers, text: decoded(raw.slice(end + 4), headers.get('content-transfer-encoding')) };
}

function decoded(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
