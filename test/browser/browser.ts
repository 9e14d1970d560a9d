/**
 * A real Chromium from npm alone: `@sparticuz/chromium` holds the browser compressed, with the libraries that a bare
 * machine lacks. It is unpacked once into the packages' cache.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const require = createRequire(import.meta.url);

interface Unpacked {
  readonly executable: string;
  readonly libraries: string;
  readonly fonts: string;
}

/** Where the package is, and which version: its `exports` hide its package.json, and folders below have their own. */
function packageFolder(): { folder: string; version: string } {
  let folder = dirname(require.resolve('@sparticuz/chromium'));
  while (basename(folder) !== 'chromium') folder = dirname(folder);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

async function unpack(): Promise<Unpacked> {
  const { folder, version } = packageFolder();
  const cache = join(dirname(dirname(folder)), '.cache', 'latchkey-chromium');
  const place = join(cache, version);
  if (!existsSync(place)) {
    mkdirSync(cache, { recursive: true });
    const scratch = mkdtempSync(join(cache, 'unpacking-'));
    await unpackInto(scratch);
    finish(scratch, place);
  }
  return {
    executable: join(place, 'chromium'),
    libraries: join(place, 'al2023', 'lib'),
    fonts: join(place, 'fonts.conf'),
  };
}

/** Two test runs may unpack at a time: whoever is second leaves the first one's work in place. */
function finish(scratch: string, place: string): void {
  try {
    renameSync(scratch, place);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
}

/**
 * The package unpacks into the folder for temporary files, and its libraries only where it believes to run in Amazon's
 * cloud; both are read from the environment when it is loaded.
 */
async function unpackInto(folder: string): Promise<void> {
  const before = { ...process.env };
  process.env['TMPDIR'] = folder;
  process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs20.x';
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    packed.setGraphicsMode = false;
    await packed.executablePath();
  } finally {
    for (const name of ['TMPDIR', 'AWS_EXECUTION_ENV', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH', 'HOME']) {
      const value = before[name];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
  writeFileSync(join(folder, 'fonts.conf'), fontConfiguration);
}

/** The package's own font first, so that pictures look alike everywhere; the machine's where it has no letter. */
const fontConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="relative">fonts-cache</cachedir>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

let launched: Promise<Browser> | undefined;

/** The one browser of the suite, started when it is first asked for. */
export function browser(): Promise<Browser> {
  launched ??= launch();
  return launched;
}

async function launch(): Promise<Browser> {
  const { executable, libraries, fonts } = await unpack();
  return chromium.launch({
    executablePath: executable,
    // Test machines run as root, where Chromium's own sandbox refuses to start. The pages are ours.
    args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--font-render-hinting=none'],
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fonts, HOME: tmpdir() },
  });
}

/** Ends the browser; the next test file starts it again. */
export async function closeBrowser(): Promise<void> {
  const running = launched;
  launched = undefined;
  await (await running)?.close();
}
