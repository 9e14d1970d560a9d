/**
 * The front door of DAV: one handler for everything below `/dav/`, for the well-known addresses, and for whoever speaks
 * WebDAV to `/`. Authentication, then the path, then the method; a refusal is written in one place.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StorageBusyError, StorageFullError } from '../storage/index.js';
import type { Database } from '../storage/index.js';
import type { Actor, AnsweredRequest, AuthOutcome, BasicRequest, Refused } from '../auth/index.js';
import { followedDatabase } from './birthdays/index.js';
import { RequestBodies } from './http/body.js';
import { DavError, badRequest, errorDocument, tryLater } from './http/errors.js';
import { answer, xmlHeaders, notAPage } from './http/exchange.js';
import type { DavServices, Exchange } from './http/exchange.js';
import { methods } from './http/methods.js';
import { unsupported } from './http/options.js';
import { ClientGoneError, SlowClients } from './http/slow-clients.js';
import { loadZoneData } from './icalendar/index.js';
import type { DavLimits } from './limits.js';
import { reportNamesOf } from './reports.js';
import { parsePath } from './resources/path.js';
import type { DavPath } from './resources/path.js';
import { calledAs } from './resources/resolve.js';
import { targetOf } from './resources/target.js';
import { viewerOf } from './resources/viewer.js';
import type { Directory, Viewer } from './resources/viewer.js';
import { Submissions } from './submissions.js';
import type { OnSync } from './sync/lag.js';
import { answerTimezones, parseTimezonePath } from './timezones/index.js';
import { wellKnownLocation } from './well-known.js';
import { dav, splitName } from './xml/names.js';

export { catchUp, hasBirthdayCalendar, setBirthdayCalendar } from './birthdays/index.js';
export { createDefaultCollections } from './default-collections.js';
export { reindexStaleObjects, reindexStaleObjectsOf, sizesOfStored, verifyStored } from './indexing.js';
export type { ReindexingOptions } from './indexing.js';
export {
  CalendarOutline,
  CardOutline,
  FileLines,
  Importer,
  ImportRefusal,
  isXmlText,
  settingsOf,
  UnreadableFileError,
} from './import/index.js';
export type {
  CollectionSettings,
  FileLine,
  ImportedObject,
  ImportOutcome,
  OutlinedObject,
} from './import/index.js';
export { MergedCalendar } from './icalendar/index.js';
export { Pace } from './pace.js';
export { defaultLimits } from './limits.js';
export type { DavLimits } from './limits.js';
export { wellKnownLocation } from './well-known.js';
export type { Directory } from './resources/viewer.js';
export type { Synchronization } from './sync/lag.js';

/** What the process knows of a request, and what it wants to know for its log. */
export interface Caller {
  readonly address: string;
  readonly https: boolean;
  readonly loopback: boolean;
  /** Asks for a body that the client holds back until 100 Continue. */
  proceed(): void;
  accountId?: Actor['accountId'];
  appPasswordId?: Actor['appPasswordId'];
  /** Who follows what is done for the request. */
  readonly trace?: RequestFollower | undefined;
}

export interface RequestFollower {
  /** The same work, followed. */
  step<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** The same database, followed. */
  database(database: Database): Database;
}

export interface DavOptions {
  readonly database: Database;
  readonly limits: DavLimits;
  /** The database's epoch, part of every sync token. */
  readonly epoch: string;
  readonly authenticate: (request: BasicRequest) => Promise<AuthOutcome>;
  /** Told of each request of an account that is known, once it is answered. Must not throw. */
  readonly onAnswer?: (request: AnsweredRequest) => void;
  /** Told of each collection that a device synchronizes (RFC 6578), before it is told what has changed. Must not throw. */
  readonly onSync?: OnSync | undefined;
  /** The address that people and devices use. */
  readonly baseUrl?: URL;
  /** Whose principals accounts find; none but their own where it is left out. */
  readonly directory?: Directory;
  /** Epoch milliseconds; the system's clock where it is left out. */
  readonly clock?: () => number;
  /** How objects that are PUT are read; with a thread of its own where it is left out. */
  readonly submissions?: Submissions;
}

export type DavHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
) => Promise<void>;

/** The handler. What it rejects with is a fault of ours (500); everything a client can do wrong is answered. */
export function createDavHandler(options: DavOptions): DavHandler {
  const {
    database,
    limits,
    epoch,
    authenticate,
    onAnswer = () => undefined,
    onSync,
    baseUrl,
    directory = 'none',
    clock = Date.now,
    submissions = new Submissions(),
  } = options;
  const services: DavServices = {
    database,
    limits,
    epoch,
    publicHost: baseUrl?.host,
    clock,
    reportsOf: reportNamesOf,
    bodies: new RequestBodies(limits),
    slowClients: new SlowClients(database.concurrentReads, limits.stallTimeout),
    submissions,
    onSync,
  };
  loadZoneData();
  return async (request, response, caller) => {
    const rawPath = pathOf(request.url ?? '/');
    const location = wellKnownLocation(rawPath);
    if (location !== undefined) {
      redirect(request, response, location);
      return;
    }
    const timezonePath = parseTimezonePath(rawPath);
    if (timezonePath !== undefined) {
      answerTimezones(request, response, timezonePath);
      return;
    }
    const path = parsePath(rawPath);
    const { method = '' } = request;
    const { authorization, 'user-agent': userAgent } = request.headers;
    const { address, https, loopback, trace } = caller;
    const given: BasicRequest = { authorization, path: rawPath, method, address, https, loopback, userAgent };
    const asking =
      trace === undefined ? authenticate(given) : trace.step('authenticate', () => authenticate(given));
    const outcome = await asking.catch((error: unknown) => {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return refusal;
    });
    if (outcome instanceof DavError) {
      writeRefusal({ request, response }, outcome);
      return;
    }
    const answered = ({ accountId, appPasswordId }: Refused, name: string, refusal?: Refusal): void => {
      const target = targetOf(path, rawPath, name);
      const status = refusal?.status ?? response.statusCode;
      const { reason, sentence } = refusal ?? notRefused;
      onAnswer({
        accountId,
        appPasswordId,
        method,
        target,
        status,
        reason,
        sentence,
        address,
        userAgent,
      });
    };
    if (outcome.kind !== 'accepted') {
      refuse(request, response, outcome);
      const reason = outcome.kind === 'challenge' ? outcome.reason : outcome.kind;
      if (outcome.kind !== 'insecure' && outcome.about !== undefined) answered(outcome.about, '', { reason });
      return;
    }
    const actor = calledAs(viewerOf(outcome.actor, directory), path);
    caller.accountId = actor.accountId;
    caller.appPasswordId = actor.appPasswordId;
    try {
      const exchange: Exchange = {
        request,
        response,
        actor,
        path: path ?? { kind: 'nothing' },
        rawPath,
        services: servicesFor(followed(services, trace), actor, path, method),
        proceed: () => caller.proceed(),
      };
      answered(actor, actor.accountName, await perform(exchange, path !== undefined));
    } catch (error) {
      answered(actor, actor.accountName, { status: 500 });
      throw error;
    }
  };
}

const followed = (services: DavServices, trace: RequestFollower | undefined): DavServices =>
  trace === undefined ? services : { ...services, database: trace.database(services.database) };

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  // An absolute-form target (RFC 9112 §3.2.2) names the same path.
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '') || '/';
}

/** What is told of a refusal; its status where it is not that of the answer. */
type Refusal = Partial<Pick<AnsweredRequest, 'status' | 'reason' | 'sentence'>>;
const notRefused: Refusal = {};

/** Answers what was refused, if it was. */
async function perform(exchange: Exchange, wellFormed: boolean): Promise<Refusal | undefined> {
  try {
    if (!wellFormed) throw badRequest('This address is malformed.');
    await (methods.get(exchange.request.method ?? '') ?? unsupported)(exchange);
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    if (exchange.response.headersSent) exchange.response.destroy();
    else writeRefusal(exchange, refusal);
    // Who went away was refused nothing.
    if (error instanceof ClientGoneError) return undefined;
    const { precondition } = refusal.details;
    const reason = precondition === undefined ? undefined : splitName(precondition).local;
    return { status: refusal.status, reason, sentence: refusal.message };
  }
}

/** What changes cards changes the calendar of birthdays with them, where the account has one. */
function servicesFor(
  services: DavServices,
  { accountId, birthdayCalendar }: Viewer,
  path: DavPath | undefined,
  method: string,
): DavServices {
  if (birthdayCalendar === null || path === undefined || !('home' in path)) return services;
  if (path.home !== 'addressbooks' || reading.has(method)) return services;
  return { ...services, database: followedDatabase(services.database, accountId, services.clock) };
}
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT']);

/** What an error says to the client; undefined for a fault of ours. */
function refusalOf(error: unknown): DavError | undefined {
  if (error instanceof DavError) return error;
  if (error instanceof ClientGoneError) return new DavError(400, 'The client is gone.');
  if (error instanceof StorageFullError) {
    // RFC 4331 §6
    return new DavError(507, 'The server has no room left on its disk.', {
      precondition: dav('sufficient-disk-space'),
    });
  }
  if (error instanceof StorageBusyError) return tryLater('The server is busy; try again in a moment.');
  return undefined;
}

function writeRefusal(exchange: Pick<Exchange, 'request' | 'response'>, refusal: DavError): void {
  const headers = Object.fromEntries(
    Object.entries(refusal.details.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  answer(exchange, refusal.status, { ...xmlHeaders, ...headers }, errorDocument(refusal));
}

function redirect(request: IncomingMessage, response: ServerResponse, location: string): void {
  const headers = { Location: location, 'Cache-Control': 'public, max-age=3600' };
  answer({ request, response }, 301, headers);
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  outcome: Exclude<AuthOutcome, { readonly kind: 'accepted' }>,
): void {
  const plain = { 'Content-Type': 'text/plain; charset=utf-8', ...notAPage } as const;
  const exchange = { request, response };
  switch (outcome.kind) {
    case 'challenge':
      return answer(
        exchange,
        401,
        { ...plain, ...outcome.headers },
        'This address needs the user name and an app password.\n',
      );
    case 'throttled':
      return answer(
        exchange,
        429,
        { ...plain, 'Retry-After': outcome.retryAfterSeconds },
        'Too many wrong passwords came from your address; try again later.\n',
      );
    case 'insecure':
      return answer(exchange, 403, plain, `${outcome.sentence}\n`);
  }
}
