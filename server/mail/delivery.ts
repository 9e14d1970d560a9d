/** Sends what is queued (`auth/outbox.ts`), beside the requests. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Letter, SendOutcome } from '../../auth/index.js';
import type { Config } from '../config.js';
import type { Core } from '../core.js';
import type { Postman } from './transport.js';
import { mailOf } from './words.js';

const EVERY_MS = 1_000;
/** A mail server that is down is asked again after this. */
const DOWN_MS = 30_000;
/** What is being sent when the process is to end may come to its end. */
const LAST_MS = 5_000;

export interface DeliveryWork {
  /** Ends after the mail that is being sent. */
  stop(): Promise<void>;
}

type DeliveryCore = Pick<Core, 'auth' | 'log'> & { readonly config: Pick<Config, 'baseUrl'> };

/** Looks for mail that is due, in this process and for all of them. Does not keep the process alive. */
export function startDelivery(core: DeliveryCore, postman: Postman, everyMs = EVERY_MS): DeliveryWork {
  const stopping = new AbortController();
  const giving = new AbortController();
  const ended = work(core, postman, everyMs, stopping.signal, giving.signal);
  return {
    async stop() {
      stopping.abort();
      const timer = setTimeout(() => giving.abort(), LAST_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function work(
  core: DeliveryCore,
  postman: Postman,
  everyMs: number,
  stopping: AbortSignal,
  giving: AbortSignal,
): Promise<void> {
  let pause = everyMs;
  while (await waited(pause, stopping)) {
    pause = (await round(core, postman, stopping, giving)) ? everyMs : Math.max(everyMs, DOWN_MS);
  }
}

/** False where it is better to wait a little. */
async function round(
  { auth, config, log }: DeliveryCore,
  postman: Postman,
  stopping: AbortSignal,
  giving: AbortSignal,
): Promise<boolean> {
  const send = async (letter: Letter): Promise<SendOutcome> => {
    const { outcome, code } = await postman.send(mailOf(letter, config.baseUrl), giving);
    const { accountId, about } = letter;
    if (outcome !== 'sent') log.warn({ accountId, about: about.kind, outcome, code }, 'a mail was not sent');
    return outcome;
  };
  const onGivenUp: Parameters<typeof auth.outbox.deliver>[0]['onGivenUp'] = (given) =>
    log.error(given, 'a mail is given up');
  try {
    return await auth.outbox.deliver({ send, onGivenUp }, stopping);
  } catch (error) {
    log.error({ err: error }, 'mail could not be looked for, or not be sent');
    return false;
  }
}

async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal, ref: false });
    return !signal.aborted;
  } catch {
    return false;
  }
}
