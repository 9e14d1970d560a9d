// `npm run bench`: see docs/performance.md, or `npm run bench -- --help`.
import { prepare } from './prepare.mjs';

prepare();
await import('../dist/bench/main.js');
