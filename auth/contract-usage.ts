/** What is known of how app passwords are used: requests that were answered; part of `contract.ts`. */
import type { AccountId, AppPasswordId } from '../storage/ids.js';

/** What a request was about, by names as they stand in addresses. */
export interface RequestTarget {
  /**
   * `container`: above the accounts. `foreign`: something of another account. `nothing`: an address at which nothing can be.
   */
  readonly kind: 'container' | 'principal' | 'home' | 'collection' | 'object' | 'foreign' | 'nothing';
  readonly home?: 'calendars' | 'addressbooks' | undefined;
  readonly collection?: string | undefined;
  readonly object?: string | undefined;
  /** Of `nothing`: the address, cut. */
  readonly path?: string | undefined;
}

export interface AnsweredRequest {
  readonly accountId: AccountId;
  /** Undefined where the name was right and no app password was found. */
  readonly appPasswordId: AppPasswordId | undefined;
  readonly method: string;
  readonly target: RequestTarget;
  readonly status: number;
  /** The precondition that did not hold, by its local name, or why the request was not let in. */
  readonly reason?: string | undefined;
  /** What the refusal said. */
  readonly sentence?: string | undefined;
  readonly address: string;
  readonly userAgent: string | undefined;
}

/** Requests that are alike: same method, target, status and reason. */
export interface RecentRequest extends Pick<
  AnsweredRequest,
  'method' | 'target' | 'status' | 'reason' | 'sentence'
> {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Of the last one; the client in words. */
  readonly address: string;
  readonly client: string;
}

/** The latest requests: the last 50 different ones of each app password, and the last 25 that were refused, for 30 days. */
export interface RecentRequests {
  /** Gathers in memory, and writes with what else is known of the use of app passwords. Costs no request a write. */
  answered(request: AnsweredRequest): void;
  /** The newest first. */
  ofAppPassword(accountId: AccountId, id: AppPasswordId): Promise<readonly RecentRequest[]>;
  /** Those with the right name for which there was no app password. */
  withoutAppPassword(accountId: AccountId): Promise<readonly RecentRequest[]>;
  /** Of all app passwords, since an instant; by app password, the newest first. */
  ofAccount(
    accountId: AccountId,
    since: number,
  ): Promise<ReadonlyMap<AppPasswordId | '', readonly RecentRequest[]>>;
}
