/**
 * The proxies of docs/deploy/, each with what it needs to run beside others: the shipped file with names, ports and paths
 * of this run in it, and round it as little as the program asks for.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../server/config.js';

/** Where a proxy of this run listens, and what it may write. */
export interface Place {
  readonly folder: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Of the server behind it. */
  readonly upstreamPort: number;
  /** PEM files; Caddy makes its own. */
  readonly certificate: string;
  readonly key: string;
}

/** A program ready to run, in the foreground, until SIGTERM. */
export interface Prepared {
  readonly args: readonly string[];
  /** Arguments with which the program only says whether it can read its files. */
  readonly checkArgs: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** PEM file of the authority that browsers would trust; it may come into being when the program starts. */
  readonly authority: string;
  /** Where the program says what goes wrong, if not on its standard streams. */
  readonly errorLog?: string;
}

export interface ProxyKind {
  readonly name: 'nginx' | 'caddy' | 'apache2';
  readonly packages: readonly string[];
  /** Passes a refusal on only when it has all of the body, unless the client has asked first (`Expect`). */
  readonly wantsWholeBody?: true;
  readonly prepare: (place: Place) => Promise<Prepared>;
}

const isRoot = process.getuid?.() === 0;

const shipped = (name: string): string => join(projectRoot, 'docs', 'deploy', name);

/** The shipped file with replacements, each of which must be there; a line of IPv6 beside one of IPv4 is left out. */
async function adapted(name: string, replacements: readonly (readonly [string, string])[]): Promise<string> {
  let text = (await readFile(shipped(name), 'utf8')).replace(/^ *listen \[::\].*\n/gm, '');
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`docs/deploy/${name} has no ${JSON.stringify(from)}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

const certificateLines = ({ certificate, key }: Place): readonly (readonly [string, string])[] => [
  ['/etc/ssl/dav.example.org/fullchain.pem', certificate],
  ['/etc/ssl/dav.example.org/privkey.pem', key],
];

export const nginx: ProxyKind = {
  name: 'nginx',
  packages: ['nginx', 'openssl'],
  async prepare(place) {
    const { folder, httpPort, httpsPort, upstreamPort } = place;
    const site = await adapted('nginx.conf', [
      ['listen 80;', `listen ${httpPort};`],
      ['listen 443 ssl', `listen ${httpsPort} ssl`],
      ['dav.example.org;', 'localhost;'],
      ['127.0.0.1:8800', `127.0.0.1:${upstreamPort}`],
      ...certificateLines(place),
    ]);
    // With the compression that Debian's nginx.conf switches on for all sites.
    const main = [
      ...(isRoot ? ['user root;'] : []),
      'daemon off;',
      `pid ${join(folder, 'nginx.pid')};`,
      `error_log ${join(folder, 'error.log')};`,
      'events {}',
      'http {',
      '  access_log off;',
      '  gzip on;',
      ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `  ${name}_temp_path ${join(folder, name)};`,
      ),
      `  include ${join(folder, 'site.conf')};`,
      '}',
    ];
    await writeFile(join(folder, 'site.conf'), site);
    await writeFile(join(folder, 'nginx.conf'), `${main.join('\n')}\n`);
    const args = ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
    const errorLog = join(folder, 'error.log');
    return { args, checkArgs: ['-t', ...args], environment: {}, authority: place.certificate, errorLog };
  },
};

export const caddy: ProxyKind = {
  name: 'caddy',
  packages: ['caddy', 'openssl'],
  async prepare({ folder, httpPort, httpsPort, upstreamPort }) {
    // A certificate of an authority of its own in place of one from the Internet.
    const main = [
      '{',
      '  admin off',
      '  local_certs',
      '  skip_install_trust',
      `  storage file_system ${join(folder, 'storage')}`,
      `  http_port ${httpPort}`,
      `  https_port ${httpsPort}`,
      '}',
      `import ${shipped('Caddyfile')}`,
    ];
    await writeFile(join(folder, 'Caddyfile'), `${main.join('\n')}\n`);
    const config = ['--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
    return {
      args: ['run', ...config],
      checkArgs: ['validate', ...config],
      environment: { SITE: 'localhost', UPSTREAM: `127.0.0.1:${upstreamPort}` },
      authority: join(folder, 'storage', 'pki', 'authorities', 'local', 'root.crt'),
    };
  },
};

const modulesFolder = '/usr/lib/apache2/modules';

/** What Debian switches on by itself, as far as it matters here, and what the file asks for. */
const apacheModules = [
  ...['mpm_event', 'authz_core', 'alias', 'env', 'setenvif', 'filter', 'deflate', 'socache_shmcb'],
  ...['ssl', 'http2', 'headers', 'proxy', 'proxy_http', 'reqtimeout'],
];

export const apache: ProxyKind = {
  name: 'apache2',
  packages: ['apache2', 'openssl'],
  wantsWholeBody: true,
  async prepare(place) {
    const { folder, httpPort, httpsPort, upstreamPort } = place;
    const site = await adapted('apache.conf', [
      ['*:80>', `*:${httpPort}>`],
      ['*:443>', `*:${httpsPort}>`],
      ['https://dav.example.org/\n</', `https://localhost:${httpsPort}/\n</`],
      ['ServerName dav.example.org', 'ServerName localhost'],
      ['127.0.0.1:8800', `127.0.0.1:${upstreamPort}`],
      ...certificateLines(place),
    ]);
    const main = [
      `ServerRoot ${folder}`,
      `DefaultRuntimeDir ${folder}`,
      `PidFile ${join(folder, 'apache.pid')}`,
      `ErrorLog ${join(folder, 'error.log')}`,
      ...(isRoot ? ['User nobody', 'Group nogroup'] : []),
      'ServerName localhost',
      ...apacheModules.map((name) => `LoadModule ${name}_module ${modulesFolder}/mod_${name}.so`),
      `Listen ${httpPort}`,
      `Listen ${httpsPort}`,
      // As Debian's deflate.conf has it.
      'AddOutputFilterByType DEFLATE text/html text/plain text/xml application/xml text/css text/javascript',
      `Include ${join(folder, 'site.conf')}`,
    ];
    await writeFile(join(folder, 'site.conf'), site);
    await writeFile(join(folder, 'apache.conf'), `${main.join('\n')}\n`);
    const args = ['-f', join(folder, 'apache.conf'), '-DFOREGROUND'];
    const errorLog = join(folder, 'error.log');
    return { args, checkArgs: ['-t', ...args], environment: {}, authority: place.certificate, errorLog };
  },
};
