/**
 * Style sheet, scripts and icon of the console: read once, named by a hash of their content so that browsers keep them
 * for ever, and compressed in memory when they are first asked for, beside the event loop.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { consoleFile, packageFile } from './files.js';

type Encoding = 'br' | 'gzip';

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly encoded: Partial<Record<Encoding, Promise<Buffer>>>;
}

const encoders: Readonly<Record<Encoding, (content: Buffer) => Promise<Buffer>>> = {
  br: promisify<Buffer, Buffer>(brotliCompress),
  gzip: (content) => promisify<Buffer, { level: number }, Buffer>(gzip)(content, { level: 9 }),
};

const types: ReadonlyMap<string, string> = new Map([
  ['css', 'text/css; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['svg', 'image/svg+xml'],
]);

export interface Assets {
  /** The URL of an asset by its file name. */
  url(name: string): string;
  /** Answers `/assets/:file`; calls `next` for a name that is not there. */
  serve(request: Request, response: Response, next: () => void): Promise<void>;
}

/** Once in a process: files of the program do not change while it runs. */
export const loadAssets = (): Assets => (loaded ??= readAssets());
let loaded: Assets | undefined;

function readAssets(): Assets {
  const urls = new Map<string, string>();
  const files = new Map<string, Asset>();
  for (const [name, content] of sources()) {
    const extension = name.slice(name.lastIndexOf('.') + 1);
    const hash = createHash('sha256').update(content).digest('base64url').slice(0, 12);
    const file = `${name.slice(0, -extension.length - 1)}.${hash}.${extension}`;
    urls.set(name, `/assets/${file}`);
    files.set(file, {
      type: types.get(extension) ?? 'application/octet-stream',
      plain: content,
      encoded: {},
    });
  }
  return {
    url(name) {
      const url = urls.get(name);
      if (url === undefined) throw new Error(`No asset "${name}"`);
      return url;
    },
    async serve(request, response, next) {
      const asset = files.get(String(request.params['file']));
      if (asset === undefined) {
        next();
        return;
      }
      await send(asset, request, response);
    },
  };
}

/** One style sheet, so that the first paint waits for one request: Pico, then what makes it ours. */
function* sources(): Generator<[name: string, content: Buffer]> {
  const pico = readFileSync(packageFile('@picocss/pico/css/pico.min.css'));
  yield ['simplewebauthn.js', readFileSync(browserBundle())];
  for (const name of readdirSync(consoleFile('assets'))) {
    const content = readFileSync(consoleFile('assets', name));
    yield [name, name === 'console.css' ? Buffer.concat([pico, Buffer.from('\n'), content]) : content];
  }
}

/** The package's own bundle, beside what it exports. */
const browserBundle = (): string =>
  join(dirname(packageFile('@simplewebauthn/browser')), '..', 'dist', 'bundle', 'index.umd.min.js');

async function send(asset: Asset, request: Request, response: Response): Promise<void> {
  response.set({
    'Content-Type': asset.type,
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
  });
  const encoding = (['br', 'gzip'] as const).find((each) => each === request.acceptsEncodings('br', 'gzip'));
  if (encoding === undefined) {
    response.end(asset.plain);
    return;
  }
  const body = await (asset.encoded[encoding] ??= encoders[encoding](asset.plain));
  response.set('Content-Encoding', encoding).end(body);
}
