/**
 * Waiting for clients that take a long answer slowly. Each such answer holds a snapshot of the database, and with it one
 * of the connections that read: without bounds here a few clients that hardly read would keep everybody else waiting.
 */
import type { AccountId } from '../../storage/index.js';
import type { Exchange } from './exchange.js';

/** The client is gone, or was cut; there is nobody to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/** Of the connections that read: so much may wait for slow clients at a time, for others need some, and for one account. */
const shares = { all: 3 / 4, account: 1 / 4 } as const;

type Stream = Pick<Exchange, 'request' | 'response'> & {
  readonly actor: Pick<Exchange['actor'], 'accountId'>;
};

export class SlowClients {
  readonly #waiting = new Map<AccountId, number>();
  #all = 0;

  readonly #most: number;
  readonly #mostOfAccount: number;

  /**
   * `concurrentReads`: what storage can do at a time. `patienceMs`: a client that has not taken what was written in this
   * time is cut, however often it takes a byte.
   */
  constructor(
    concurrentReads: number,
    private readonly patienceMs: number,
  ) {
    this.#most = Math.max(1, Math.floor(concurrentReads * shares.all));
    this.#mostOfAccount = Math.max(1, Math.floor(concurrentReads * shares.account));
  }

  /**
   * Waits until the client has taken what was written.
   * @throws ClientGoneError when it went away, took too long, or too many others are being waited for
   */
  async drained({ request, response, actor: { accountId } }: Stream): Promise<void> {
    const ofAccount = this.#waiting.get(accountId) ?? 0;
    if (this.#all >= this.#most || ofAccount >= this.#mostOfAccount) {
      request.socket.destroy();
      throw new ClientGoneError();
    }
    this.#all += 1;
    this.#waiting.set(accountId, ofAccount + 1);
    try {
      await drained({ request, response }, this.patienceMs);
    } finally {
      this.#all -= 1;
      const left = (this.#waiting.get(accountId) ?? 1) - 1;
      if (left > 0) this.#waiting.set(accountId, left);
      else this.#waiting.delete(accountId);
    }
  }
}

function drained(
  { request, response }: Pick<Stream, 'request' | 'response'>,
  withinMs: number,
): Promise<void> {
  // Not the response: one that stands behind another on its connection (pipelining) never hears that this is closed.
  const { socket } = request;
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => socket.destroy(), withinMs);
    const onDrain = (): void => {
      clearTimeout(patience);
      socket.off('close', onClose);
      resolve();
    };
    const onClose = (): void => {
      clearTimeout(patience);
      response.off('drain', onDrain);
      reject(new ClientGoneError());
    };
    response.once('drain', onDrain);
    socket.once('close', onClose);
  });
}
