/**
 * DAViCal of Debian: PHP behind nginx, before a PostgreSQL from npm with its own, durable, settings, whose CPU time counts.
 * Passwords are kept as they are: none of the time is a password hash's.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresServer } from '../../test/postgres-server.js';
import { Connection } from '../connection.js';
import { makeEvent } from '../data/events.js';
import { expectStatus } from '../expectations.js';
import { accountName, done } from '../fill.js';
import { end, freePort, pidOf, untilAnswering } from '../processes.js';
import type { RunningServer } from '../processes.js';
import { makeCollection, put } from '../requests.js';
import type { Target } from '../requests.js';

const htdocs = '/usr/share/davical/htdocs';
const password = 'secret';
/** Whom the database belongs to, and who may enter its folder. */
const owner = { database: 'latchkey', system: 'nobody', group: 'nogroup' } as const;
const PROCESSES = 8;
const START_WITHIN_MS = 10_000;
const EVENTS_WITH_EACH_ZONE = 60;

export async function startDavical(folder: string): Promise<RunningServer> {
  const postgres = await PostgresServer.start({ durable: true });
  const started: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of started.toReversed()) await end(child);
    await postgres.stop();
  };
  try {
    // DAViCal's own configuration names database and user, and leaves the rest to these.
    const env = { ...process.env, PGHOST: socketFolder(postgres), PGUSER: owner.database };
    makeDatabase(env);
    chmodSync(folder, 0o755);
    const socket = join(folder, 'php.sock');
    const php = spawn(
      phpServer(),
      ['--nodaemonize', '--allow-to-run-as-root', '-y', phpSettings(folder, socket)],
      {
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    started.push(php);
    await untilThere(php, socket);
    const port = await freePort();
    const nginx = spawn('/usr/sbin/nginx', ['-e', 'stderr', '-c', nginxSettings(folder, socket, port)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    started.push(nginx);
    await untilAnswering(nginx, port, '/caldav.php/', () => 'nginx says why above', 500);
    const target: Target = {
      port,
      authorization: `Basic ${Buffer.from(`${accountName}:${password}`).toString('base64')}`,
      pathOf: (home, name) => `/caldav.php/${accountName}/${home}-${name}/`,
    };
    await putTimeZones(target);
    return {
      pid: pidOf(php),
      pids: [pidOf(nginx), pidOf(php), postgres.pid],
      target,
      loopDelay: async () => undefined,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function socketFolder(postgres: PostgresServer): string {
  const folder = new URL(postgres.urlOf('postgres')).searchParams.get('host');
  if (folder === null) throw new Error('PostgreSQL has no socket');
  return folder;
}

function makeDatabase(env: NodeJS.ProcessEnv): void {
  execFileSync('/usr/share/davical/dba/create-database.sh', ['davical', password], { env });
  const person = `
    insert into usr (user_no, active, email_ok, updated, username, password, fullname, email)
      values (1001, true, current_date, current_date, '${accountName}', '**${password}', '${accountName}', '${accountName}@bench.example');
    insert into principal (principal_id, type_id, user_no, displayname, default_privileges)
      values (1001, 1, 1001, '${accountName}', 0::bit(24));`;
  execFileSync('psql', ['--quiet', '--no-psqlrc', '--set=ON_ERROR_STOP=1', '--command', person, 'davical'], {
    env,
  });
}

/** It fails where a time zone that it has not seen yet comes twice at the same time: so each comes once, alone. */
async function putTimeZones(target: Target): Promise<void> {
  const connection = await Connection.open(target.port);
  const path = target.pathOf('calendars', 'time-zones');
  try {
    await done(connection, expectStatus(makeCollection(target, 'calendars', path), 201));
    for (let index = 0; index < EVENTS_WITH_EACH_ZONE; index += 1) {
      const { name, body } = makeEvent(index, EVENTS_WITH_EACH_ZONE);
      await done(connection, expectStatus(put(target, 'calendars', path + name, body), 201));
    }
  } finally {
    connection.close();
  }
}

/** Its name has its version in it. */
function phpServer(): string {
  const name = readdirSync('/usr/sbin').find((program) => /^php-fpm[\d.]+$/.test(program));
  if (name === undefined) throw new Error('there is no php-fpm');
  return join('/usr/sbin', name);
}

function phpSettings(folder: string, socket: string): string {
  const file = join(folder, 'php-fpm.conf');
  // What it says of each request would stand before the answer otherwise, and be too much for nginx.
  const log = join(folder, 'php.log');
  writeFileSync(log, '');
  chmodSync(log, 0o666);
  const lines = [
    '[global]',
    `pid = ${join(folder, 'php.pid')}`,
    'error_log = /dev/stderr',
    'log_level = warning',
    '[davical]',
    `user = ${owner.system}`,
    `listen = ${socket}`,
    `listen.owner = ${owner.system}`,
    'pm = static',
    `pm.max_children = ${PROCESSES}`,
    'clear_env = no',
    `php_admin_value[error_log] = ${log}`,
    'php_admin_value[include_path] = /usr/share/davical/inc:/usr/share/awl/inc',
    'php_admin_value[memory_limit] = 1G',
    'php_admin_value[max_execution_time] = 120',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function nginxSettings(folder: string, socket: string, port: number): string {
  const file = join(folder, 'nginx.conf');
  const parameters = {
    SCRIPT_FILENAME: `${htdocs}$fastcgi_script_name`,
    SCRIPT_NAME: '$fastcgi_script_name',
    PATH_INFO: '$fastcgi_path_info',
    DOCUMENT_ROOT: htdocs,
    REQUEST_METHOD: '$request_method',
    REQUEST_URI: '$request_uri',
    QUERY_STRING: '$query_string',
    CONTENT_TYPE: '$content_type',
    CONTENT_LENGTH: '$content_length',
    SERVER_NAME: '$host',
    SERVER_PORT: '$server_port',
    SERVER_PROTOCOL: '$server_protocol',
    REMOTE_ADDR: '$remote_addr',
  };
  const lines = [
    `user ${owner.system} ${owner.group};`,
    'daemon off;',
    `pid ${join(folder, 'nginx.pid')};`,
    'worker_processes 1;',
    'events {}',
    'http {',
    '  access_log off;',
    '  client_max_body_size 32m;',
    '  keepalive_requests 1000000;',
    ...['client_body', 'fastcgi', 'proxy', 'uwsgi', 'scgi'].map(
      (kind) => `  ${kind}_temp_path ${join(folder, kind)};`,
    ),
    `  server {`,
    `    listen 127.0.0.1:${port};`,
    `    root ${htdocs};`,
    '    location ~ ^/caldav\\.php {',
    '      fastcgi_split_path_info ^(/caldav\\.php)(.*)$;',
    '      fastcgi_read_timeout 120s;',
    `      fastcgi_pass unix:${socket};`,
    ...Object.entries(parameters).map(([name, value]) => `      fastcgi_param ${name} ${value};`),
    '    }',
    '  }',
    '}',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

async function untilThere(child: ChildProcess, socket: string): Promise<void> {
  const deadline = performance.now() + START_WITHIN_MS;
  while (!existsSync(socket)) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('php-fpm did not start');
    await delay(20);
  }
}
