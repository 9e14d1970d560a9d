/** The server's process: what `npm start` runs. */
import { serve } from './serve.js';

process.exitCode = await serve(process.env);
