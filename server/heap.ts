/** How much garbage V8 lets lie before it collects it (docs/decisions/0018-memory-and-large-things.md). */
import { setFlagsFromString } from 'node:v8';

/**
 * The old generation is collected once it is half as large again as what was alive in it the last time. By itself V8 waits
 * until it has grown to several times that, on a machine with gigabytes to spare: a server whose data is 30 MB then holds
 * 100 MB for good. The young generation is bounded by an option of Node, which cannot be set any more by then (`npm start`). The flag is read whenever V8 decides when to collect next, so it may be set while the process runs.
 */
export function boundHeap(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
