/** Where the files lie that are not compiled: views, assets and locales of the console, and those of its packages. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** The folder of the project: the compiled code runs from `dist`, the other files stay in the source tree. */
function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json was not found above the console');
    folder = parent;
  }
  return folder;
}

const consoleFolder = join(projectFolder(), 'server', 'console');

/** The path of a file or folder of the console's sources. */
export function consoleFile(...parts: readonly string[]): string {
  return join(consoleFolder, ...parts);
}

/** The path of a file inside an installed package, such as `lucide-static/icons/key.svg`. */
export function packageFile(specifier: string): string {
  return require.resolve(specifier);
}
