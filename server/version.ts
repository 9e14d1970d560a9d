/** Which Latchkey this is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from './config.js';

const packageFile = z.object({ version: z.string() });

export function readVersion(): string {
  return packageFile.parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))).version;
}
