/**
 * PUT of an object (RFC 9110 §9.3.4; RFC 4791 §5.3.2; RFC 6352 §6.3.2). The bytes are kept as they came, so the answer
 * carries the ETag; only a card in JSON or XML is converted. Everything is decided inside the transaction that writes.
 */
import { createHash } from 'node:crypto';
import { putObject } from '../../storage/index.js';
import type { Collection, Writer } from '../../storage/index.js';
import { requirePrivilege } from '../acl/privileges.js';
import type { DavPath, Home } from '../resources/path.js';
import { exists, resolve } from '../resources/resolve.js';
import { isObject } from '../resources/resource.js';
import { standInUid } from '../submission.js';
import type { Submission } from '../submission.js';
import { readBody } from './body.js';
import { badRequest, DavError, notFound } from './errors.js';
import { answer } from './exchange.js';
import type { Exchange } from './exchange.js';
import { itself, membership, locksOf, requireLockTokens } from './lock-tokens.js';
import { requireConditions } from './preconditions.js';
import { namespaceOf, refusingUidConflict, requireComponent, requireSameUid } from './object-rules.js';
import { methodNotAllowed } from './options.js';
import { requireWithinQuota } from './quota.js';

/** Bytes; below what goes to a thread, which has to know the calendar's zone beforehand. */
const SMALL_BODY = 64 * 1024;

type ObjectPath = Extract<DavPath, { readonly kind: 'object' }>;

export async function put(exchange: Exchange): Promise<void> {
  const { request, services, path } = exchange;
  const target = mayBeRefusedEarly(exchange) ? await requireTarget(exchange) : undefined;
  if (path.kind !== 'object') throw notFound();
  if (request.headers['content-range'] !== undefined) {
    // RFC 9110 §14.5: a part must not be taken for the whole.
    throw badRequest('PUT stores whole objects; Content-Range is not supported.');
  }
  const { maxResourceSize } = services.limits;
  const body = await readBody(exchange, maxResourceSize, () => tooLarge(path.home, maxResourceSize));
  const submission = await readSubmission(exchange, path, body, target?.zone ?? null);
  const stored = submission instanceof DavError ? body : (submission.converted ?? body);
  if (stored.byteLength > maxResourceSize) throw tooLarge(path.home, maxResourceSize);
  const etag = createHash('sha256').update(stored).digest('base64url').slice(0, 32);
  const created = await services.database.write(
    (writer) => store(writer, exchange, path, { body: stored, etag, submission }),
    { scope: exchange.actor.accountId },
  );
  // RFC 6352 §6.3.2.3: what was changed has to be fetched, and so has no ETag yet.
  answer(exchange, created ? 201 : 204, stored === body ? { ETag: `"${etag}"` } : {});
}

/**
 * Whether the target is looked at before the body is read. A small object has arrived with its head: it is read at once,
 * and what it aims at is looked at in the unit of work alone, which saves a read of the database.
 */
function mayBeRefusedEarly({ request, path }: Exchange): boolean {
  if (path.kind !== 'object' || request.headers.expect !== undefined) return true;
  // Not a number where there is no length, or where it is of a compressed body.
  const length =
    request.headers['content-encoding'] === undefined ? request.headers['content-length'] : undefined;
  return !(Number(length) <= SMALL_BODY);
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

/** The collection aimed at, if it is there; refuses before the body is read what no body could make right. */
async function requireTarget({ services, actor, path }: Exchange): Promise<Collection | undefined> {
  const found = await services.database.read((reader) => resolve(reader, actor, path));
  if (found === undefined) throw notFound();
  if (found.kind === 'vacant-object' || isObject(found)) {
    requirePrivilege(actor, found, found.kind === 'vacant-object' ? 'bind' : 'write-content');
    return found.collection;
  }
  throw methodNotAllowed(found, actor, 'Only calendar objects and cards inside a collection can be put.');
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
  if (collection === undefined) {
    throw new DavError(409, 'The collection that this object would stand in does not exist.');
  }
  const current = exists(found) && 'object' in found ? found.object : undefined;
  requirePrivilege(actor, found, current === undefined ? 'bind' : 'write-content');
  await requireConditions(writer, exchange, found);
  const changes = current === undefined ? [itself(found.path), membership(found.path)] : [itself(found.path)];
  await requireLockTokens(writer, exchange, changes, locks);
  const { submission, body, etag } = incoming;
  if (submission instanceof DavError) throw submission;
  const parent = { actor, home: path.home, collection };
  requireComponent(parent, submission.component);
  const uid = submission.uid ?? standInUid(path.name);
  requireSameUid(parent, current, submission.uid);
  const now = services.clock();
  const content = {
    name: path.name,
    uid,
    component: submission.component,
    version: submission.version,
    etag,
    data: body,
    index: submission.index(collection, now),
    now,
  };
  // Asked beside it: an engine that is far away answers both at once. What does not fit is rolled back.
  await Promise.all([
    refusingUidConflict(parent, () => putObject(writer, collection, content, current ?? null)),
    body.byteLength > (current?.size ?? 0) ? requireWithinQuota(writer, exchange) : undefined,
  ]);
  return current === undefined;
}
