/** The thread in which large cards are converted, one after another; `conversions.ts` starts it. */
import { parentPort } from 'node:worker_threads';
import { CardConversionError, writeCardAs } from '../vcard/index.js';
import type { ConversionAnswer, ConversionTask } from './conversions.js';

function convert({ stored, form, selection }: ConversionTask): ConversionAnswer {
  try {
    return { kind: 'converted', text: writeCardAs(stored, form, selection) };
  } catch (error) {
    if (error instanceof CardConversionError) return { kind: 'refused', sentence: error.message };
    return {
      kind: 'failed',
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

parentPort?.on('message', (task: ConversionTask) => {
  parentPort?.postMessage(convert(task));
});
