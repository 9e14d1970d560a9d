/**
 * Environment to configuration: one typed, validated object, or one sentence that says what is wrong.
 */
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLoopback } from './client.js';
import { ConfigError } from './config-error.js';
import type { SignerFiles } from './console/profile-signature.js';
import { fileVariable, secretSettings, withSecretFiles } from './secret-files.js';
import type { DatabaseLocation, Mailbox } from './setting-kinds.js';
import { settingList, settings } from './settings.js';
import type { Setting, SettingKey, SettingValues } from './settings.js';
import { tracingOf } from './tracing-settings.js';
import type { Tracing } from './tracing-settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export { ConfigError };

/** All instants and durations in milliseconds, all sizes in bytes. */
export interface Config extends Omit<
  SettingValues,
  | 'dataDir'
  | 'baseUrl'
  | 'secretFile'
  | 'database'
  | 'profileCertificate'
  | 'profileKey'
  | 'mailFrom'
  | 'metricsPort'
  | 'metricsHosts'
  | 'metricsToken'
> {
  readonly dataDir: string;
  readonly baseUrl: URL;
  readonly secretFile: string;
  readonly mailFrom: Mailbox;
  /** The path of a SQLite file is absolute. */
  readonly database: DatabaseLocation;
  /** The files to sign profiles with, by their absolute paths. */
  readonly profileSigner: SignerFiles | undefined;
  /** Where metrics are read; undefined where nothing is measured. */
  readonly metrics: MetricsListener | undefined;
  /** How requests are traced; undefined where they are not. */
  readonly tracing: Tracing | undefined;
  /** Variables that look like settings of ours and are none. */
  readonly unknown: readonly string[];
}

export interface MetricsListener {
  readonly port: number;
  readonly hosts: readonly string[];
  readonly token: string | null;
}

/** The project's folder, seen from `dist/server/`. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Reads the environment, and the files that it names for secrets.
 * @throws ConfigError naming the variable, what was given and what is expected
 */
export function loadConfig(given: Environment): Config {
  const environment = withSecretFiles(given);
  const { profileCertificate, profileKey, metricsPort, metricsHosts, metricsToken, ...values } =
    readAll(environment);
  const dataDir = resolve(values.dataDir ?? join(projectRoot, 'data'));
  const baseUrl = values.baseUrl ?? new URL(`http://localhost:${values.port}`);
  return {
    ...values,
    dataDir,
    baseUrl,
    mailFrom: values.mailFrom ?? mailboxOf(baseUrl),
    secretFile: resolve(values.secretFile ?? join(dataDir, 'secret.json')),
    database: databaseLocation(values, dataDir),
    metrics: metricsListener(metricsPort, metricsHosts, metricsToken),
    tracing: tracingOf(environment),
    profileSigner: signerFiles(profileCertificate, profileKey),
    unknown: unknownVariables(environment),
  };
}

/** What a variable says, or its default. An empty variable counts as one that is not set. */
export function textOf(setting: Setting<unknown>, environment: Environment): string {
  const given = environment[setting.name]?.trim() ?? '';
  return given === '' ? setting.default : given;
}

function read<Value>(setting: Setting<Value>, environment: Environment): Value {
  const given = textOf(setting, environment);
  const { success, data } = setting.schema.safeParse(given);
  if (success) return data;
  throw new ConfigError(`${setting.name} is ${quoteValue(setting, given)}: expected ${setting.expected}.`);
}

function quoteValue(setting: Setting<unknown>, given: string): string {
  // A URL may hold a password.
  if (secretSettings.has(setting.name)) return 'not understood';
  return JSON.stringify(given.length > 100 ? `${given.slice(0, 100)}...` : given);
}

function readAll(environment: Environment): SettingValues {
  const entries = Object.entries(settings).map(([key, setting]): [string, unknown] => [
    key,
    read<unknown>(setting, environment),
  ]);
  // The mapped type says of each key what its own schema made; Object.fromEntries cannot.
  return Object.fromEntries(entries) as Record<SettingKey, unknown> as SettingValues;
}

function signerFiles(certificate: string | null, key: string | null): SignerFiles | undefined {
  if (certificate !== null && key !== null)
    return { certificateFile: resolve(certificate), keyFile: resolve(key) };
  if (certificate === null && key === null) return undefined;
  const [given, missing] = [settings.profileCertificate.name, settings.profileKey.name];
  throw new ConfigError(`${given} and ${missing} belong together: set both, or neither.`);
}

function metricsListener(
  port: number | null,
  names: readonly string[],
  token: string | null,
): MetricsListener | undefined {
  if (port === null) return undefined;
  const open = names.find((name) => name !== 'localhost' && !isLoopback(name));
  if (open !== undefined && token === null)
    throw new ConfigError(
      `${settings.metricsHosts.name} names ${open}, where others than this machine can ask: set ${settings.metricsToken.name} too.`,
    );
  return { port, hosts: names, token };
}

function databaseLocation({ database }: Pick<SettingValues, 'database'>, dataDir: string): DatabaseLocation {
  if (database === null) return { kind: 'sqlite', path: join(dataDir, 'latchkey.sqlite') };
  return database.kind === 'sqlite' ? { kind: 'sqlite', path: resolve(database.path) } : database;
}

/** As it may be shown to whoever has a shell: without the password. */
export function shownLocation(database: DatabaseLocation): string {
  if (database.kind === 'sqlite') return `sqlite:${database.path}`;
  const url = new URL(database.url);
  if (url.password !== '') url.password = '***';
  if (url.searchParams.has('password')) url.searchParams.set('password', '***');
  return url.href;
}

/** The same for the mail server; empty where there is none. */
export function shownTransport(transport: SettingValues['smtp']): string {
  if (transport?.kind !== 'smtp') return transport === null ? '' : 'preview:';
  const { secure, host, port, user, password, plain } = transport;
  const name = encodeURIComponent(user) + (password === '' ? '' : ':***');
  const place = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return `${secure ? 'smtps' : 'smtp'}://${name}${name === '' ? '' : '@'}${place}${plain ? '?starttls=optional' : ''}`;
}

export const shownMailbox = ({ name, address }: Mailbox): string =>
  name === '' ? address : `${name} <${address}>`;

const mailboxOf = ({ hostname }: URL): Mailbox => ({
  name: 'Latchkey',
  address: `latchkey@${isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : 'localhost'}`,
});

function unknownVariables(environment: Environment): string[] {
  const known = new Set([...settingList.map(({ name }) => name), ...[...secretSettings].map(fileVariable)]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('LATCHKEY_') && !known.has(name))
    .sort();
}
