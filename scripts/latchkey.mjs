#!/usr/bin/env node
// The `latchkey` command (`npx latchkey --help` in the project's folder).
import { prepare } from './prepare.mjs';

prepare();
await import('../dist/server/cli/main.js');
