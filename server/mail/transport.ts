/** The way out for mail: an SMTP server, or a folder in which developers read what would be sent. */
import { isIP } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SendOutcome } from '../../auth/index.js';
import type { Config } from '../config.js';
import type { Log } from '../observability/log.js';
import type { MailTransport } from '../setting-kinds.js';

/** One mail to one address. */
export interface Mail {
  /** The same at each try: receivers know by it what they have already. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Sent {
  readonly outcome: SendOutcome;
  /** What went wrong, by code: it may be logged. */
  readonly code: string | undefined;
  /** The same in the words of the mail server, which may repeat the address. */
  readonly words: string | undefined;
}

export interface Postman {
  /** Never rejects. Takes two minutes at most, and ends early when `signal` is aborted. */
  send(mail: Mail, signal: AbortSignal): Promise<Sent>;
}

type Settings = Pick<Config, 'smtp' | 'mailFrom' | 'dataDir'>;

const TRY_MS = 2 * 60 * 1000;
const SILENCE_MS = 30 * 1000;
/** One address and nothing that could be read as more (RFC 5321 §4.1.2, without quoted local parts). */
const oneAddress = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u;
const sent: Sent = { outcome: 'sent', code: undefined, words: undefined };

/** Undefined where no mail is sent. */
export function createPostman(config: Settings, log: Log): Postman | undefined {
  const { smtp } = config;
  if (smtp === null) return undefined;
  return smtp.kind === 'preview' ? previewing(config, log) : bySmtp(config, smtp);
}

// ---- SMTP

type Smtp = MailTransport & { readonly kind: 'smtp' };

function bySmtp({ mailFrom }: Settings, smtp: Smtp): Postman {
  // Loaded at the first mail: many servers send none.
  const transporter = import('nodemailer').then(({ createTransport }) => createTransport(optionsOf(smtp)));
  transporter.catch(() => undefined);
  const domain = mailFrom.address.slice(mailFrom.address.lastIndexOf('@') + 1);
  return {
    async send({ id, to, subject, text, at }, stopping) {
      if (!oneAddress.test(to))
        return { outcome: 'never', code: 'EADDRESS', words: 'This is no mail address.' };
      try {
        const signal = AbortSignal.any([stopping, AbortSignal.timeout(TRY_MS)]);
        await (
          await transporter
        ).sendMail({
          from: mailFrom,
          // As an object: it is an address, and nothing that could be read as several.
          to: { name: '', address: to },
          envelope: { from: mailFrom.address, to: [to] },
          subject,
          text,
          date: new Date(at),
          messageId: `<${id}@${domain}>`,
          // RFC 3834 §5: nobody's absence note answers it.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
        });
        return sent;
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

function optionsOf({ host, port, secure, plain, user, password }: Smtp) {
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return {
    host,
    port,
    secure,
    // Links carry rights: they go over TLS, but for a server on this machine.
    ignoreTLS: loopback && !secure,
    requireTLS: !loopback && !secure && !plain,
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    dnsTimeout: SILENCE_MS,
  };
}

/** Codes that nodemailer gives what concerns one mail and not the server as such. */
const aboutThisMail: ReadonlySet<unknown> = new Set(['EENVELOPE', 'EMESSAGE']);

function failureOf(error: unknown): Sent {
  const { code, responseCode, command, message } = Object(error) as Partial<Record<string, unknown>>;
  const codes = [code, responseCode, command].filter((part) => part !== undefined && part !== null);
  return {
    outcome: outcomeOf(code, responseCode, command),
    code: codes.map(String).join(' '),
    words: typeof message === 'string' ? message : undefined,
  };
}

/** RFC 5321 §4.2.1: 4yz may be tried again, 5yz should not. A sender that is refused is so for every mail. */
function outcomeOf(code: unknown, responseCode: unknown, command: unknown): SendOutcome {
  if (!aboutThisMail.has(code) || command === 'MAIL FROM') return 'down';
  return typeof responseCode === 'number' && responseCode < 500 ? 'later' : 'never';
}

// ---- Preview

function previewing({ dataDir, mailFrom }: Settings, log: Log): Postman {
  const folder = join(dataDir, 'mail');
  return {
    async send({ id, to, subject, text, at }) {
      const date = new Date(at);
      const file = join(folder, `${date.toISOString().replaceAll(/[:.]/g, '-')}-${id.slice(0, 8)}.txt`);
      const head = [
        `From: ${mailFrom.address}`,
        `To: ${to}`,
        `Date: ${date.toUTCString()}`,
        `Subject: ${subject}`,
      ];
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(file, `${head.join('\n')}\n\n${text}`, { mode: 0o600 });
        log.info({ file }, 'a mail was written instead of being sent');
        return sent;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return { outcome: 'down', code, words: message };
      }
    },
  };
}
