/**
 * Storing an object that a client sends (RFC 4791 §5.3.2; RFC 6352 §6.3.2). The bytes are kept as they came, so the answer
 * carries the ETag; only what comes in JSON or XML is converted. Everything is decided inside the transaction that writes.
 */
import { etagOf } from '../etag.js';
import { putObject } from '../../storage/index.js';
import type { Writer } from '../../storage/index.js';
import { requirePrivilege } from '../acl/privileges.js';
import { collectionPath, encodeSegment } from '../resources/path.js';
import type { DavPath, Home } from '../resources/path.js';
import { exists, resolve } from '../resources/resolve.js';
import { contentOf } from '../submission.js';
import type { Submission } from '../submission.js';
import { readBody } from './body.js';
import { badRequest, DavError, noCollectionAround, notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { itself, membership, locksOf, requireLockTokens } from './lock-tokens.js';
import { namespaceOf, refusingUidConflict, requireComponent, requireSameUid } from './object-rules.js';
import { preferencesOf } from './prefer.js';
import { requireConditions } from './preconditions.js';
import { requireWithinQuota } from './quota.js';
import { representationAt } from './representation.js';

/** To write as many takes about 10 ms. */
const LARGE_BYTES = 1024 * 1024;

export type ObjectPath = Extract<DavPath, { readonly kind: 'object' }>;

/**
 * Reads the body, stores it under a path and answers. `zone` is that of the calendar, for what is read in a thread.
 * @throws DavError with the precondition that the data, or what is there, fails
 */
export async function storeObject(exchange: Exchange, path: ObjectPath, zone: string | null): Promise<void> {
  const { request, services } = exchange;
  if (request.headers['content-range'] !== undefined) {
    // RFC 9110 §14.5: a part must not be taken for the whole.
    throw badRequest('Whole objects are stored; Content-Range is not supported.');
  }
  const { maxResourceSize } = services.limits;
  const body = await readBody(exchange, maxResourceSize, () => tooLarge(path.home, maxResourceSize));
  const submission = await readSubmission(exchange, path, body, zone);
  const stored = submission instanceof DavError ? body : (submission.converted ?? body);
  if (stored.byteLength > maxResourceSize) throw tooLarge(path.home, maxResourceSize);
  const etag = etagOf(stored);
  const { representation } = preferencesOf(request.headers);
  try {
    const created = await services.database.write(
      (writer) => store(writer, exchange, path, { body: stored, etag, submission }),
      { scope: exchange.actor.accountId, large: stored.byteLength >= LARGE_BYTES },
    );
    await answerStored(exchange, path, created, {
      // RFC 6352 §6.3.2.3: what was changed has to be fetched, and so has no ETag yet.
      ...(stored === body ? { ETag: `"${etag}"` } : {}),
      ...(isMember(exchange, path) ? {} : { Location: locationOf(exchange, path) }),
    });
  } catch (error) {
    if (!representation || !(error instanceof DavError) || error.status !== 412) throw error;
    // RFC 8144 §3.2: what stands there is told with the refusal.
    const current = await representationAt(exchange, path);
    if (current === undefined) throw error;
    answer(exchange, 412, current.headers, current.body);
  }
}

/** Whether the request was aimed at the object itself, and not at its collection (RFC 5995). */
const isMember = (exchange: Exchange, path: ObjectPath): boolean => exchange.path === path;

/** RFC 5995 §3.1: where the object is by now. */
const locationOf = ({ actor }: Exchange, { home, collection, name }: ObjectPath): string =>
  collectionPath(home, actor.accountName, collection) + encodeSegment(name);

async function answerStored(
  exchange: Exchange,
  path: ObjectPath,
  created: boolean,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { representation } = preferencesOf(exchange.request.headers);
  const told = representation ? await representationAt(exchange, path) : undefined;
  if (told === undefined) answer(exchange, created ? 201 : 204, headers);
  else answer(exchange, created ? 201 : 200, { ...headers, ...told.headers }, told.body);
}

/** What the body holds, or why it is refused: what it aims at is judged before it. */
async function readSubmission(
  { request, services }: Exchange,
  { home }: ObjectPath,
  body: Uint8Array,
  zone: string | null,
): Promise<Submission | DavError> {
  const contentType = request.headers['content-type'];
  const { limits, clock } = services;
  try {
    return await services.submissions.read({ home, body, contentType, limits, zone, now: clock() });
  } catch (error) {
    if (error instanceof DavError) return error;
    throw error;
  }
}

function tooLarge(home: Home, maxResourceSize: number): DavError {
  return new DavError(413, `An object here may have at most ${maxResourceSize} bytes.`, {
    precondition: namespaceOf(home)('max-resource-size'),
  });
}

interface Incoming {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly submission: Submission | DavError;
}

/** Stores the object; true when it is new. */
async function store(
  writer: Writer,
  exchange: Exchange,
  path: ObjectPath,
  incoming: Incoming,
): Promise<boolean> {
  const { actor, services } = exchange;
  const [found, locks] = await Promise.all([resolve(writer, actor, path), locksOf(writer, exchange)]);
  if (found === undefined) throw notFound();
  const collection = 'collection' in found ? found.collection : undefined;
  if (collection === undefined) throw noCollectionAround();
  const current = exists(found) && 'object' in found ? found.object : undefined;
  requirePrivilege(actor, found, current === undefined ? 'bind' : 'write-content');
  const subject = isMember(exchange, path) ? found : await resolve(writer, actor, exchange.path);
  await requireConditions(writer, exchange, subject);
  const changes = current === undefined ? [itself(found.path), membership(found.path)] : [itself(found.path)];
  await requireLockTokens(writer, exchange, changes, locks);
  const { submission, body, etag } = incoming;
  if (submission instanceof DavError) throw submission;
  const parent = { actor, home: path.home, collection };
  requireComponent(parent, submission.component);
  requireSameUid(parent, current, submission.uid);
  const content = contentOf(submission, collection, { name: path.name, body, etag, now: services.clock() });
  // Asked beside it: an engine that is far away answers both at once. What does not fit is rolled back.
  await Promise.all([
    refusingUidConflict(parent, () => putObject(writer, collection, content, current ?? null)),
    body.byteLength > (current?.size ?? 0) ? requireWithinQuota(writer, exchange) : undefined,
  ]);
  return current === undefined;
}
