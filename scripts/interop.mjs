// `npm run interop`: real clients from Debian and real files against a server. Arguments name the clients to run.
import { prepare } from './prepare.mjs';

prepare();
const { interop } = await import('../dist/test/interop/main.js');
process.exitCode = await interop(process.argv.slice(2));
