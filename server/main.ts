/** The server's process: what `npm start` runs. */
import cluster from 'node:cluster';
import { boundHeap } from './heap.js';
import { serve } from './serve.js';

boundHeap();
process.exitCode = await serve(process.env);
// The way to the process that started it would keep a worker alive.
if (cluster.isWorker) process.exit();
