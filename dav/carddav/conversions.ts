/** Cards in another form: small ones are converted at once, large ones in a thread (docs/architecture.md, promise 3). */
import { tryLater } from '../http/errors.js';
import { CardConversionError, writeCardAs } from '../vcard/index.js';
import type { CardForm, SelectedProperty } from '../vcard/index.js';
import { WorkerThread } from '../worker-thread.js';

export interface ConversionTask {
  readonly stored: Uint8Array;
  readonly form: CardForm;
  readonly selection?: readonly SelectedProperty[];
}

export type ConversionAnswer =
  | { readonly kind: 'converted'; readonly text: string }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** From this many bytes on a card goes to the thread: converting them takes up to a dozen milliseconds. */
const LARGE = 128 * 1024;

/** Of the process: it holds nothing of a request, and ends when it has had nothing to do for a while. */
const thread = new WorkerThread<ConversionTask, ConversionAnswer>(
  new URL('./conversion-worker.js', import.meta.url),
  { maxMegabytes: 384, maxMilliseconds: 30_000, maxWaiting: 16, idleMilliseconds: 60_000 },
  {
    tooBusy: () => tryLater('The server is converting other large cards; try again in a moment.'),
    tooHeavy: () => tryLater('This card takes more memory or time to convert than one card may take.'),
  },
);

/**
 * A stored card in a form.
 * @throws CardConversionError if it cannot be converted; DavError 503 if too many large ones wait already
 */
export function convertedCard(task: ConversionTask): Buffer | Promise<Buffer> {
  const { stored, form, selection } = task;
  if (stored.byteLength < LARGE) return Buffer.from(writeCardAs(stored, form, selection));
  return convertedInThread(task);
}

async function convertedInThread(task: ConversionTask): Promise<Buffer> {
  const answer = await thread.run(task);
  switch (answer.kind) {
    case 'converted':
      return Buffer.from(answer.text);
    case 'refused':
      throw new CardConversionError(answer.sentence);
    case 'failed':
      throw new Error(answer.reason);
  }
}
