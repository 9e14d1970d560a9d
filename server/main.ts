/** The server's process: what `npm start` runs. */
import cluster from 'node:cluster';
import { serve } from './serve.js';

process.exitCode = await serve(process.env);
// The way to the process that started it would keep a worker alive.
if (cluster.isWorker) process.exit();
