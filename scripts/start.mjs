// `npm start`: everything from a fresh clone to a running server, in this process, so that signals reach it.
import { prepare } from './prepare.mjs';

prepare();
await import('../dist/server/main.js');
