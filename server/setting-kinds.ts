/**
 * The kinds of values that the environment can give: each reads text, and says in words what it expects.
 */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Reads the text of a variable. */
export interface Kind<Value> {
  readonly schema: z.ZodType<Value, string>;
  /** Completes "expected ...". */
  readonly expected: string;
}

export function wholeNumber(min: number, max: number): Kind<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    schema: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(z.int().min(min).max(max)),
  };
}

const sizeUnits = new Map([
  ['', 1],
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
]);

function bytesOf(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})\s*([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  return digits === '' ? Number.NaN : Number(digits) * (sizeUnits.get(unit.toLowerCase()) ?? Number.NaN);
}

/** A number of bytes; `K`, `M` and `G` are powers of 1,024. */
export function size(min: number, max: number): Kind<number> {
  return {
    expected: `a size from ${min} to ${max} bytes, such as 512K or 10M`,
    schema: z.string().transform(bytesOf).pipe(z.number().min(min).max(max)),
  };
}

/** Seconds in the environment, milliseconds in the program. */
export function seconds(min: number, max: number): Kind<number> {
  const whole = wholeNumber(min, max);
  return {
    expected: `${whole.expected}, in seconds`,
    schema: whole.schema.transform((value) => value * 1000),
  };
}

/** Empty text is `null`. */
export function optional<Value>(kind: Kind<Value>): Kind<Value | null> {
  const empty = z.literal('').transform(() => null);
  return { expected: `${kind.expected}, or nothing`, schema: z.union([empty, kind.schema]) };
}

/** What another program sends to prove who it is. */
export const token: Kind<string> = {
  expected: 'from 16 to 200 letters, digits and signs, without spaces',
  schema: z.string().regex(/^[\x21-\x7e]{16,200}$/),
};

export const text: Kind<string> = { expected: 'text', schema: z.string() };

/** A path in the file system; a relative one is taken from the folder where the command runs. */
export const path: Kind<string> = {
  expected: 'a path in the file system',
  schema: z
    .string()
    .min(1)
    .refine((value) => !value.includes('\0')),
};

export const flag: Kind<boolean> = {
  expected: '1 (yes) or 0 (no)',
  schema: z
    .enum(['0', '1', 'true', 'false', 'yes', 'no'])
    .transform((value) => ['1', 'true', 'yes'].includes(value)),
};

export function oneOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
): Kind<Values[number]> {
  return { expected: `one of ${values.join(', ')}`, schema: z.enum(values) };
}

/** The origin that people and devices reach the server at: no path, since the server owns the root. */
export const origin: Kind<URL> = {
  expected: 'an address such as https://dav.example.org, without a path',
  schema: z
    .string()
    .refine((value) => URL.canParse(value))
    .transform((value) => new URL(value))
    .refine(
      ({ protocol, pathname, search, hash, username, password }) =>
        /^https?:$/.test(protocol) && `${pathname}${search}${hash}${username}${password}` === '/',
    ),
};

const commaSeparated = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Addresses or names to listen on. */
export const hosts: Kind<readonly string[]> = {
  expected: 'addresses to listen on, separated by commas, such as 127.0.0.1,::1 or 0.0.0.0',
  schema: commaSeparated.pipe(z.array(z.string().regex(/^[\w.:%-]{1,255}$/)).min(1)),
};

/** The peers whose `X-Forwarded-*` headers are believed. */
export const networks: Kind<BlockList> = {
  expected: 'loopback, addresses or networks, separated by commas, such as loopback,10.0.0.0/8',
  schema: commaSeparated.transform((parts, context) => {
    const list = new BlockList();
    for (const part of parts)
      if (!addNetwork(list, part)) context.addIssue({ code: 'custom', message: part });
    return list;
  }),
};

function addNetwork(list: BlockList, part: string): boolean {
  if (part === 'loopback') {
    list.addSubnet('127.0.0.0', 8, 'ipv4');
    list.addAddress('::1', 'ipv6');
    return true;
  }
  const [address = '', prefix, ...rest] = part.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) {
    list.addAddress(address, family);
    return true;
  }
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(bits <= (version === 4 ? 32 : 128))) return false;
  list.addSubnet(address, bits, family);
  return true;
}

/** A mail server, or the data folder, where developers read what would be sent. */
export type MailTransport =
  | { readonly kind: 'preview' }
  | {
      readonly kind: 'smtp';
      readonly host: string;
      readonly port: number;
      /** TLS from the first byte; otherwise by STARTTLS. */
      readonly secure: boolean;
      /** Mail is sent although the server offers no STARTTLS. */
      readonly plain: boolean;
      readonly user: string;
      readonly password: string;
    };

/** An SMTP server (RFC 5321), by a URL that may hold its user and password. */
export const smtpUrl: Kind<MailTransport> = {
  expected: 'smtps://USER:PASSWORD@HOST:PORT, smtp://USER:PASSWORD@HOST:PORT, or preview:',
  schema: z.string().transform((value, context) => {
    const transport = mailTransport(value);
    if (transport === undefined) context.addIssue({ code: 'custom', message: 'no mail server' });
    return transport ?? z.NEVER;
  }),
};

function mailTransport(value: string): MailTransport | undefined {
  if (value === 'preview:') return { kind: 'preview' };
  if (!/^smtps?:\/\/[^/]/.test(value) || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const starttls = url.searchParams.get('starttls');
  if (host === '' || !['', '/'].includes(url.pathname) || ![null, 'optional'].includes(starttls))
    return undefined;
  const secure = url.protocol === 'smtps:';
  const decoded = [url.username, url.password].map(percentDecoded);
  const [user, password] = decoded;
  if (user === undefined || password === undefined) return undefined;
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
  return { kind: 'smtp', host, port, secure, plain: starttls === 'optional', user, password };
}

function percentDecoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Whom mail comes from. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** An address, alone or in angle brackets behind a name. */
export const mailbox: Kind<Mailbox> = {
  expected: 'a mail address such as latchkey@example.org, or Latchkey <latchkey@example.org>',
  schema: z.string().transform((value, context) => {
    const [, name = '', address = value] = /^([^<>"]*)<([^<>]+)>$/.exec(value) ?? [];
    if (!/^[^\s@<>",;:()[\]\\]+@[\w.-]+$/.test(address) || /\p{Cc}/u.test(name))
      context.addIssue({ code: 'custom', message: 'no address' });
    return { name: name.trim(), address };
  }),
};

export type DatabaseLocation =
  { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'postgres'; readonly url: string };

/** A file, or a PostgreSQL server with the name of a database. */
export const databaseUrl: Kind<DatabaseLocation> = {
  expected: 'sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
  schema: z
    .string()
    .refine((value) => /^sqlite:./s.test(value) || isPostgresUrl(value))
    .transform((value) =>
      value.startsWith('sqlite:')
        ? { kind: 'sqlite', path: value.slice('sqlite:'.length) }
        : { kind: 'postgres', url: value },
    ),
};

function isPostgresUrl(value: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(value) && URL.canParse(value) && new URL(value).pathname.length > 1;
}
