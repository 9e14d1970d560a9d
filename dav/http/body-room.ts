/**
 * Memory for bodies that are on their way or being worked on: each may be large, and come as slowly as a client likes.
 * Small ones are not counted.
 */
import type { AccountId } from '../../storage/index.js';
import { tryLater } from './errors.js';
import type { Exchange } from './exchange.js';

/** Bytes of a body that are not counted: a socket's buffer holds as much. */
const FREE = 64 * 1024;
const LEAST_OF_ACCOUNT = 64 * 1024 ** 2;
/** So many accounts may have all of theirs at a time. */
const ACCOUNTS = 4;

type Holder = Pick<Exchange, 'request' | 'response'> & {
  readonly actor: Pick<Exchange['actor'], 'accountId'>;
};

export class BodyRoom {
  readonly #byAccount = new Map<AccountId, number>();
  readonly #mostOfAccount: number;
  #all = 0;

  /** `largest`: bytes that one body may have; an account may always send two such at a time. */
  constructor(largest: number) {
    this.#mostOfAccount = Math.max(LEAST_OF_ACCOUNT, 2 * largest);
  }

  /** Bytes that are held at this moment. */
  get held(): number {
    return this.#all;
  }

  /**
   * Follows one body: is told each time how many bytes of it there are. What it holds is given back when the request has
   * been answered, or its client is gone.
   * @throws DavError 503 where there is no room
   */
  follow({ request: { socket }, response, actor: { accountId } }: Holder): (size: number) => void {
    let held = 0;
    // A response that stands behind another on its connection (pipelining) never hears that this is closed.
    const release = (): void => {
      response.off('close', release);
      socket.off('close', release);
      this.#add(accountId, -held);
    };
    return (size) => {
      if (size <= FREE) return;
      if (held === 0) {
        response.once('close', release);
        socket.once('close', release);
      }
      const more = size - held;
      const ofAccount = this.#byAccount.get(accountId) ?? 0;
      if (ofAccount + more > this.#mostOfAccount || this.#all + more > ACCOUNTS * this.#mostOfAccount)
        throw tryLater('Too much is being sent at a time; try again in a moment.');
      held = size;
      this.#add(accountId, more);
    };
  }

  #add(accountId: AccountId, bytes: number): void {
    this.#all += bytes;
    const left = (this.#byAccount.get(accountId) ?? 0) + bytes;
    if (left > 0) this.#byAccount.set(accountId, left);
    else this.#byAccount.delete(accountId);
  }
}
