/** The latest requests of app passwords: gathered in memory, those that are alike as one, and read for the holder. */
import { createHash } from 'node:crypto';
import {
  listAppPasswordRequests,
  listRequestsOfAccount,
  type AppPasswordRequestRow,
} from '../storage/app-password-requests.js';
import type { AccountId, AppPasswordId } from '../storage/ids.js';
import { clientWithVersion, storedUserAgent } from './client-names.js';
import type { AnsweredRequest, RecentRequest, RecentRequests, RequestTarget } from './contract-usage.js';
import type { Parts } from './parts.js';

/** Different ones that are kept of an app password: a first upload must not take the place of what was refused in it. */
export const keptRequests = { newest: 50, refused: 25 } as const;
const maxGathered = keptRequests.newest + keptRequests.refused;
/** How long they are kept. */
export const keptRequestsMs = 30 * 24 * 60 * 60 * 1000;
const maxOfAccount = 2_000;
const maxNameLength = 120;
const maxSentenceLength = 300;

/** Alike requests, not written yet. */
interface Gathered {
  readonly request: AnsweredRequest;
  readonly firstAt: number;
  lastAt: number;
  count: number;
  address: string;
  userAgent: string;
}

/** What has been asked with one app password since the last time that it was written. */
export class GatheredRequests {
  private readonly byLikeness = new Map<string, Gathered>();

  /** Answers by how many more they are now. */
  add(request: AnsweredRequest, at: number): number {
    const likeness = likenessOf(request);
    const known = this.byLikeness.get(likeness);
    if (known !== undefined) {
      known.count += 1;
      known.lastAt = at;
      known.address = request.address;
      known.userAgent = storedUserAgent(request.userAgent);
      return 0;
    }
    const added = this.byLikeness.size < maxGathered ? 1 : 0;
    if (added === 0) this.makeRoom();
    const userAgent = storedUserAgent(request.userAgent);
    const { address } = request;
    this.byLikeness.set(likeness, { request, firstAt: at, lastAt: at, count: 1, address, userAgent });
    return added;
  }

  /** The oldest goes, of those that went well if there are such. */
  private makeRoom(): void {
    let oldest: string | undefined;
    for (const [likeness, { request }] of this.byLikeness) {
      oldest ??= likeness;
      if (request.status >= 400) continue;
      oldest = likeness;
      break;
    }
    if (oldest !== undefined) this.byLikeness.delete(oldest);
  }

  rows(accountId: AccountId, appPasswordId: AppPasswordId | ''): readonly AppPasswordRequestRow[] {
    return [...this.byLikeness].map(
      ([likeness, { request, firstAt, lastAt, count, address, userAgent }]) => ({
        accountId,
        appPasswordId,
        alike: createHash('sha256').update(likeness).digest('base64url').slice(0, 22),
        method: request.method.slice(0, 20),
        target: JSON.stringify(shortened(request.target)),
        status: request.status,
        reason: request.reason ?? null,
        sentence: request.sentence?.slice(0, maxSentenceLength) ?? null,
        address,
        userAgent,
        count,
        firstAt,
        lastAt,
      }),
    );
  }
}

/** What differs only in a name's end, beyond what is kept, is alike. */
function likenessOf({ method, status, reason = '', target }: AnsweredRequest): string {
  const { kind, home = '', collection = '', object = '', path = '' } = target;
  return `${method} ${status} ${reason} ${kind} ${home}/${collection.slice(0, maxNameLength)}/${object.slice(0, maxNameLength)} ${path.slice(0, maxNameLength)}`;
}

const shortened = ({ kind, home, collection, object, path }: RequestTarget): RequestTarget => ({
  kind,
  home,
  collection: collection?.slice(0, maxNameLength),
  object: object?.slice(0, maxNameLength),
  path: path?.slice(0, maxNameLength),
});

export function recentRequests(parts: Parts): RecentRequests {
  const { database } = parts;
  const list = async (
    accountId: AccountId,
    appPasswordId: AppPasswordId | '',
  ): Promise<readonly RecentRequest[]> => {
    const rows = await database.read((reader) =>
      listAppPasswordRequests(reader, { accountId, appPasswordId }, maxGathered),
    );
    return rows.map(recentOf);
  };
  return {
    answered: (request) => parts.usage.answered(request, parts.now()),
    ofAppPassword: list,
    withoutAppPassword: (accountId) => list(accountId, ''),
    ofAccount: async (accountId, since) => {
      const rows = await database.read((reader) =>
        listRequestsOfAccount(reader, accountId, since, maxOfAccount),
      );
      const found = new Map<AppPasswordId | '', RecentRequest[]>();
      for (const row of rows) {
        const known = found.get(row.appPasswordId);
        if (known === undefined) found.set(row.appPasswordId, [recentOf(row)]);
        else known.push(recentOf(row));
      }
      return found;
    },
  };
}

const recentOf = (row: AppPasswordRequestRow): RecentRequest => ({
  method: row.method,
  target: JSON.parse(row.target) as RequestTarget,
  status: row.status,
  reason: row.reason ?? undefined,
  sentence: row.sentence ?? undefined,
  count: row.count,
  firstAt: row.firstAt,
  lastAt: row.lastAt,
  address: row.address,
  client: clientWithVersion(row.userAgent),
});
