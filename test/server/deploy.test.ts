/** What docs/deploy/ has for systemd, containers and proxies fits the program. `npm run interop` runs the proxies. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load as parseYaml } from 'js-yaml';
import { projectRoot, loadConfig } from '../../server/config.js';
import { fileVariable, secretSettings } from '../../server/secret-files.js';
import { settingList } from '../../server/settings.js';
import { dataFolder, startServer } from './process.js';

const folder = join(projectRoot, 'docs', 'deploy');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: object;
  readonly stop_grace_period?: string;
}
interface Compose {
  readonly services: Readonly<Record<'latchkey' | 'caddy' | 'postgres', Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const minutesAndSeconds = (text: string): number => {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
};

const numberAfter = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);

describe('docs/deploy', () => {
  const files = readdirSync(folder).filter((name) => !/\.(json|yml)$/.test(name) && name !== 'secrets');
  const known = new Set([...settingList.map(({ name }) => name), ...[...secretSettings].map(fileVariable)]);
  const defaults = loadConfig({});

  for (const name of files)
    it(`${name} names settings that there are, and README.md names it`, () => {
      const named = [...read(name).matchAll(/\b(?:LATCHKEY_[A-Z_]+|DATABASE_URL(?:_FILE)?)\b/g)];
      assert.deepEqual(
        named.map(([variable]) => variable).filter((variable) => !known.has(variable)),
        [],
      );
      if (name !== 'README.md') assert.ok(read('README.md').includes(`](${name})`), name);
    });

  it('the numbers of settings in comments are their defaults', () => {
    for (const name of files)
      for (const [, variable = '', number] of read(name).matchAll(/(LATCHKEY_[A-Z_]+) \((\d+)\)/g))
        assert.equal(
          settingList.find((setting) => setting.name === variable)?.default,
          number,
          `${name}: ${variable}`,
        );
  });

  it('proxies wait longer than the server, and keep idle connections for less long', () => {
    const idle = defaults.keepAliveTimeout / 1000;
    const whole = defaults.requestTimeout / 1000;
    const nginx = read('nginx.conf');
    assert.ok(numberAfter(nginx, /keepalive_timeout (\d+)s/) < idle);
    assert.ok(numberAfter(nginx, /proxy_read_timeout (\d+)s/) > whole);
    assert.ok(numberAfter(nginx, /proxy_send_timeout (\d+)s/) > whole);
    assert.ok(numberAfter(nginx, /client_body_timeout (\d+)s/) > defaults.stallTimeout / 1000);
    const caddy = read('Caddyfile');
    assert.ok(numberAfter(caddy, /keepalive (\d+)s/) < idle);
    assert.ok(numberAfter(caddy, /response_header_timeout (\d+)s/) > whole);
    const apache = read('apache.conf');
    assert.ok(numberAfter(apache, /ttl=(\d+)/) < idle);
    assert.ok(numberAfter(apache, / timeout=(\d+)/) > whole);
  });

  it('systemd and compose let the server drain, and do not try again what cannot work', () => {
    const unit = read('latchkey.service');
    const drain = defaults.drainTimeout / 1000;
    assert.ok(numberAfter(unit, /TimeoutStopSec=(\d+)/) > drain);
    assert.match(unit, /^RestartPreventExitStatus=78$/m);
    for (const path of [...unit.matchAll(/\/opt\/latchkey\/(\S+)/g)].map(([, inside = '']) => inside))
      assert.ok(existsSync(join(projectRoot, path)), path);
    const { latchkey } = (parseYaml(read('compose.yaml')) as Compose).services;
    assert.ok(minutesAndSeconds(latchkey.stop_grace_period ?? '') > drain);
  });

  describe('compose.yaml', () => {
    const { services, networks, secrets } = parseYaml(read('compose.yaml')) as Compose;

    it('gives no container more than it needs', () => {
      for (const [name, service] of Object.entries(services)) {
        assert.equal(service.read_only, true, name);
        assert.deepEqual(service.cap_drop, ['ALL'], name);
        assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      }
      assert.deepEqual(services.latchkey.ports, undefined);
      assert.deepEqual(services.postgres.ports, undefined);
      assert.deepEqual(services.postgres.networks, ['back']);
      assert.equal(networks['back']?.internal, true);
    });

    it('starts each when what it needs is healthy, which says so', () => {
      assert.deepEqual(services.caddy.depends_on, { latchkey: { condition: 'service_healthy' } });
      assert.deepEqual(services.latchkey.depends_on, { postgres: { condition: 'service_healthy' } });
      assert.notEqual(services.postgres.healthcheck, undefined);
      assert.match(read('Dockerfile'), /^HEALTHCHECK /m);
    });

    it('trusts its proxy alone, and reads secrets from files that are given to it', () => {
      const { environment } = services.latchkey;
      const addresses = new Map(Object.entries(services.caddy.networks));
      assert.deepEqual(addresses.get('front'), { ipv4_address: environment['LATCHKEY_TRUST_PROXY'] });
      for (const { environment: variables, secrets: given = [] } of Object.values(services)) {
        const used = Object.values(variables).filter((value) => value.startsWith('/run/secrets/'));
        assert.deepEqual(
          used,
          given.map((name) => `/run/secrets/${name}`),
        );
        for (const name of given) assert.ok(name in secrets, name);
      }
      const filled = Object.entries(environment).filter(([name]) => name !== 'DATABASE_URL_FILE');
      const config = loadConfig(
        Object.fromEntries(
          filled.map(([name, value]) => [name, value.replace(/\$\{[^}]*\}/g, 'dav.example.org')]),
        ),
      );
      assert.deepEqual(config.unknown, []);
      assert.equal(config.baseUrl.href, 'https://dav.example.org/');
    });

    it('builds from the Dockerfile beside it', () => {
      const { build } = services.latchkey;
      assert.equal(resolve(folder, build?.context ?? ''), projectRoot);
      assert.ok(existsSync(join(folder, build?.context ?? '', build?.dockerfile ?? '')));
    });
  });

  describe('Dockerfile', () => {
    const dockerfile = read('Dockerfile');

    it('copies what is there and what its ignore file lets through', () => {
      const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
        names.split(' '),
      );
      assert.ok(copied.length > 5);
      const allowed = read('Dockerfile.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'));
      for (const name of copied) {
        assert.ok(existsSync(join(projectRoot, name)), name);
        assert.ok(allowed.includes(`!${name.split('/', 1)[0] ?? ''}`), name);
      }
    });

    it('runs as a user without rights', () => {
      assert.match(dockerfile, /^USER [1-9]\d+:[1-9]\d+$/m);
      assert.ok(dockerfile.lastIndexOf('\nUSER ') > dockerfile.lastIndexOf('\nRUN '));
    });

    it('asks a server that works, and notices one that is gone', async function () {
      this.timeout(60_000);
      const [, command = ''] = /^HEALTHCHECK [^\n]*\\\n +CMD (\[.*\])$/m.exec(dockerfile) ?? [];
      const [program, ...args] = JSON.parse(command) as [string, ...string[]];
      assert.equal(program, 'node');
      const data = await dataFolder();
      try {
        const server = await startServer(data.variables);
        const check = async (): Promise<unknown> => {
          const env = { PATH: process.env['PATH'], LATCHKEY_PORT: String(server.port) };
          const [code] = (await once(
            spawn(process.execPath, args, { env, stdio: 'ignore' }),
            'exit',
          )) as unknown[];
          return code;
        };
        assert.equal(await check(), 0);
        server.kill('SIGTERM');
        await server.ended;
        assert.equal(await check(), 1);
      } finally {
        await data.remove();
      }
    });
  });
});
