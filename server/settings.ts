/**
 * Every environment variable that the server reads, in one list: the configuration, `latchkey config` and the table in
 * docs/operating.md are made from it.
 */
import {
  databaseUrl,
  flag,
  hosts,
  mailbox,
  networks,
  oneOf,
  optional,
  origin,
  path,
  seconds,
  size,
  smtpUrl,
  token,
  wholeNumber,
} from './setting-kinds.js';
import type { Kind } from './setting-kinds.js';

export interface Setting<Value> extends Kind<Value> {
  readonly name: string;
  readonly description: string;
  /** The text that stands for the variable when it is not set. */
  readonly default: string;
  /** What the documentation says in place of an empty default. */
  readonly defaultInWords?: string;
}

function setting<Value>(
  name: string,
  kind: Kind<Value>,
  fallback: string,
  description: string,
  defaultInWords?: string,
): Setting<Value> {
  const words = defaultInWords === undefined ? {} : { defaultInWords };
  return { name, ...kind, default: fallback, description, ...words };
}

const MAX_SIZE = 1024 ** 3;
const MAX_COUNT = 1_000_000;

/** The settings by the name that the program uses. */
export const settings = {
  port: setting('LATCHKEY_PORT', wholeNumber(0, 65535), '8800', 'Port to listen on; 0 takes a free one.'),
  hosts: setting(
    'LATCHKEY_HOST',
    hosts,
    '127.0.0.1,::1',
    'Addresses to listen on, separated by commas. The default is loopback in both families, which is what browsers try for `localhost`.',
  ),
  dataDir: setting(
    'LATCHKEY_DATA_DIR',
    optional(path),
    '',
    'Folder of the database and the server key; made with mode 0700.',
    '`data` in the project folder, from wherever the command runs',
  ),
  baseUrl: setting(
    'LATCHKEY_BASE_URL',
    optional(origin),
    '',
    'The address that people and devices use. Passkeys are bound to its host name. Behind a proxy: `https://` and the public name.',
    '`http://localhost:PORT`',
  ),
  secretFile: setting(
    'LATCHKEY_SECRET_FILE',
    optional(path),
    '',
    'File of the server key, made with mode 0600 at the first start. Without it no app password and no second factor works: back it up, apart from the database.',
    '`secret.json` in the data folder',
  ),
  database: setting(
    'DATABASE_URL',
    optional(databaseUrl),
    '',
    'Where the database is: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE` for PostgreSQL 14 or later. `?sslmode=verify-full` and the other parameters of libpq that the npm package pg knows may follow.',
    '`sqlite:` and `latchkey.sqlite` in the data folder',
  ),
  databaseConnections: setting(
    'LATCHKEY_DATABASE_CONNECTIONS',
    // One to write, one to read, and one that scheduled work holds while it reads with the other.
    wholeNumber(3, 1000),
    '24',
    'Most connections of each process to PostgreSQL; a third of them is for writing. All processes together must stay below `max_connections` of the server.',
  ),
  workers: setting(
    'LATCHKEY_WORKERS',
    wholeNumber(1, 64),
    '1',
    'Processes that share the port on this machine, on either engine. Limits of connections, and of wrong app passwords by address, are counted in each.',
  ),
  trustProxy: setting(
    'LATCHKEY_TRUST_PROXY',
    networks,
    '',
    'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: `loopback`, addresses, networks, separated by commas.',
    'none',
  ),
  allowInsecure: setting(
    'LATCHKEY_ALLOW_INSECURE',
    flag,
    '0',
    '1 accepts app passwords over plain http from other machines. Anybody on the way can read them.',
  ),
  registration: setting(
    'LATCHKEY_REGISTRATION',
    optional(oneOf(['closed', 'invite', 'open'])),
    '',
    'Who may make an account: nobody but administrators (`closed`), people with an invite (`invite`), or everybody (`open`).',
    'chosen by administrators in the console, at first `closed`',
  ),
  directory: setting(
    'LATCHKEY_DIRECTORY',
    oneOf(['all', 'shared', 'none']),
    'none',
    'Which other accounts devices find by searching, with name and confirmed mail address: `all`, those that are in a group with the account (`shared`), or `none`.',
  ),
  profileCertificate: setting(
    'LATCHKEY_PROFILE_CERTIFICATE',
    optional(path),
    '',
    'PEM file of the certificate, and those that lead to its authority, with which configuration profiles for iPhone, iPad and Mac are signed, so that they are shown as verified; the one of the https address will do. Read again for each profile.',
    'none: not signed',
  ),
  profileKey: setting(
    'LATCHKEY_PROFILE_KEY',
    optional(path),
    '',
    'PEM file of the private key of `LATCHKEY_PROFILE_CERTIFICATE`, RSA or an elliptic curve, without a passphrase.',
    'none',
  ),
  smtp: setting(
    'LATCHKEY_SMTP_URL',
    optional(smtpUrl),
    '',
    'The mail server: `smtps://USER:PASSWORD@HOST:465`, or `smtp://USER:PASSWORD@HOST:587` with STARTTLS, which is insisted on unless the server is on this machine or `?starttls=optional` follows. `preview:` sends nothing and writes each mail into the folder `mail` in the data folder, for development.',
    'no mail is sent',
  ),
  mailFrom: setting(
    'LATCHKEY_MAIL_FROM',
    optional(mailbox),
    '',
    'Whom mail comes from: `latchkey@example.org`, or `Latchkey <latchkey@example.org>`.',
    '`Latchkey`, `latchkey@` and the host of `LATCHKEY_BASE_URL`',
  ),
  logLevel: setting(
    'LATCHKEY_LOG_LEVEL',
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    'info',
    'How much is logged to standard error, as one JSON object a line. `info` has a line for each request.',
  ),
  metricsPort: setting(
    'LATCHKEY_METRICS_PORT',
    optional(wholeNumber(0, 65535)),
    '',
    'Port on which Prometheus reads `/metrics`, on a listener of its own; 0 takes a free one, which the log names.',
    'nothing is measured',
  ),
  metricsHosts: setting(
    'LATCHKEY_METRICS_HOST',
    hosts,
    '127.0.0.1,::1',
    'Addresses to listen on for metrics. Others than loopback need `LATCHKEY_METRICS_TOKEN`.',
  ),
  metricsToken: setting(
    'LATCHKEY_METRICS_TOKEN',
    optional(token),
    '',
    'What Prometheus sends as its bearer token: 16 or more letters, digits and signs.',
    'none: metrics are only given on loopback',
  ),
  maxResourceSize: setting(
    'LATCHKEY_MAX_RESOURCE_SIZE',
    size(10 * 1024, MAX_SIZE),
    '10M',
    'Largest calendar object or contact, in bytes.',
  ),
  maxRequestBody: setting(
    'LATCHKEY_MAX_REQUEST_BODY',
    size(10 * 1024, MAX_SIZE),
    '1M',
    'Largest XML request body, in bytes, after decompression.',
  ),
  maxXmlDepth: setting(
    'LATCHKEY_MAX_XML_DEPTH',
    wholeNumber(16, 1000),
    '64',
    'Deepest nesting of elements in a request body.',
  ),
  maxXmlElements: setting(
    'LATCHKEY_MAX_XML_ELEMENTS',
    wholeNumber(100, MAX_COUNT),
    '50000',
    'Most elements in a request body.',
  ),
  maxInstances: setting(
    'LATCHKEY_MAX_INSTANCES',
    wholeNumber(1, MAX_COUNT),
    '10000',
    'Most occurrences that are worked out of one recurring object for one request, overridden ones that it may have, and dates (RDATE, EXDATE) that it may name.',
  ),
  maxAttendees: setting(
    'LATCHKEY_MAX_ATTENDEES',
    wholeNumber(1, MAX_COUNT),
    '1000',
    'Most attendees of one occurrence.',
  ),
  maxHrefs: setting(
    'LATCHKEY_MAX_HREFS',
    wholeNumber(1, MAX_COUNT),
    '10000',
    'Most objects named in one multiget.',
  ),
  maxResults: setting(
    'LATCHKEY_MAX_RESULTS',
    wholeNumber(1, MAX_COUNT),
    '20000',
    'Most objects in the answer to one query; more end with a truncated answer.',
  ),
  maxCollections: setting(
    'LATCHKEY_MAX_COLLECTIONS',
    wholeNumber(1, MAX_COUNT),
    '200',
    'Most calendars, and most address books, of one account.',
  ),
  maxDeadPropertySize: setting(
    'LATCHKEY_MAX_DEAD_PROPERTY_SIZE',
    size(1024, MAX_SIZE),
    '64K',
    'Bytes of all properties that clients store on one resource without the server knowing what they mean.',
  ),
  quotaBytes: setting(
    'LATCHKEY_QUOTA_BYTES',
    optional(size(0, Number.MAX_SAFE_INTEGER)),
    '',
    'Bytes that an account may store, where it has no quota of its own.',
    'no limit',
  ),
  tombstoneDays: setting(
    'LATCHKEY_TOMBSTONE_DAYS',
    wholeNumber(365, 36500),
    '400',
    'Days that deletions stay known, for devices that sync again after a long time.',
  ),
  activityDays: setting(
    'LATCHKEY_ACTIVITY_DAYS',
    wholeNumber(30, 36500),
    '730',
    'Days that the activity of an account is kept.',
  ),
  maxConnections: setting(
    'LATCHKEY_MAX_CONNECTIONS',
    wholeNumber(10, MAX_COUNT),
    '5000',
    'Most connections at a time.',
  ),
  maxConnectionsPerAddress: setting(
    'LATCHKEY_MAX_CONNECTIONS_PER_ADDRESS',
    wholeNumber(1, MAX_COUNT),
    '200',
    'Most connections at a time from one address (IPv6: one /64). Loopback may have ten times as many; trusted proxies are not counted.',
  ),
  maxHeaderSize: setting(
    'LATCHKEY_MAX_HEADER_SIZE',
    size(4096, 1024 ** 2),
    '16K',
    'Largest request line and headers together, in bytes.',
  ),
  headerTimeout: setting(
    'LATCHKEY_HEADER_TIMEOUT',
    seconds(1, 3600),
    '20',
    'Seconds in which the headers of a request must have arrived.',
  ),
  requestTimeout: setting(
    'LATCHKEY_REQUEST_TIMEOUT',
    seconds(1, 3600),
    '300',
    'Seconds in which a whole request must have arrived.',
  ),
  stallTimeout: setting(
    'LATCHKEY_STALL_TIMEOUT',
    seconds(1, 3600),
    '60',
    'Seconds without a byte moving after which a connection with a request under way is cut: a client that stops reading or sending. Of a long answer a client must take 64 KB in this time.',
  ),
  keepAliveTimeout: setting(
    'LATCHKEY_KEEP_ALIVE_TIMEOUT',
    seconds(1, 3600),
    '75',
    'Seconds that an idle connection is kept; longer than the proxy in front keeps its own.',
  ),
  drainTimeout: setting(
    'LATCHKEY_DRAIN_TIMEOUT',
    seconds(1, 600),
    '10',
    'Seconds that requests under way may take to end after SIGTERM.',
  ),
} as const;

export type SettingKey = keyof typeof settings;
type ValueOf<Item> = Item extends Setting<infer Value> ? Value : never;
export type SettingValues = { readonly [Key in SettingKey]: ValueOf<(typeof settings)[Key]> };

/** The settings in the order in which they are listed. */
export const settingList: readonly Setting<unknown>[] = Object.values(settings);
