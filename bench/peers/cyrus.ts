/** The httpd of Cyrus IMAP of Debian: calendars and contacts in its mail spool, passwords from a file of SASL. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Connection } from '../connection.js';
import { expectStatus } from '../expectations.js';
import { accountName, done } from '../fill.js';
import { end, freePort, pidOf, untilAnswering } from '../processes.js';
import type { RunningServer } from '../processes.js';
import { request } from '../requests.js';
import type { Target } from '../requests.js';

const programs = '/usr/lib/cyrus/bin';
const administrator = 'cyrus';
const password = 'secret';
const realm = 'bench';

export async function startCyrus(folder: string): Promise<RunningServer> {
  const [httpPort, imapPort] = [await freePort(), await freePort()];
  const settings = writeSettings(folder, httpPort, imapPort);
  const child = spawn(
    join(programs, 'master'),
    ['-C', settings.imapd, '-M', settings.cyrus, '-p', join(folder, 'run', 'pid')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await untilAnswering(child, httpPort, '/', () => 'the system log may say why', 600);
  await makeMailbox(imapPort);
  const target: Target = {
    port: httpPort,
    authorization: `Basic ${Buffer.from(`${accountName}:${password}`).toString('base64')}`,
    pathOf: (home, name) => `/dav/${home}/user/${accountName}/${name}/`,
  };
  await lookAtHomes(target);
  const pid = pidOf(child);
  return {
    pid,
    pids: [pid],
    target,
    loopDelay: async () => undefined,
    stop: () => end(child),
  };
}

function writeSettings(
  folder: string,
  httpPort: number,
  imapPort: number,
): { readonly imapd: string; readonly cyrus: string } {
  const [imapd, cyrus, passwords] = ['imapd.conf', 'cyrus.conf', 'passwords'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  for (const name of ['conf', 'spool', 'run']) mkdirSync(join(folder, name));
  const lines = {
    configdirectory: join(folder, 'conf'),
    defaultpartition: 'default',
    'partition-default': join(folder, 'spool'),
    admins: administrator,
    sasl_pwcheck_method: 'auxprop',
    sasl_auxprop_plugin: 'sasldb',
    sasl_sasldb_path: passwords,
    sasl_mech_list: 'PLAIN',
    allowplaintext: 'yes',
    httpmodules: 'caldav carddav',
    unixhierarchysep: 'no',
    virtdomains: 'off',
    autocreate_quota: '0',
    caldav_realm: realm,
    servername: realm,
  };
  writeFileSync(
    imapd,
    Object.entries(lines)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  );
  writeFileSync(
    cyrus,
    [
      `START {\n  recover cmd="ctl_cyrusdb -r -C ${imapd}"\n}`,
      'SERVICES {',
      `  imap cmd="imapd -C ${imapd}" listen="127.0.0.1:${imapPort}" prefork=0`,
      `  http cmd="httpd -C ${imapd}" listen="127.0.0.1:${httpPort}" prefork=0`,
      '}',
      'EVENTS {\n}\n',
    ].join('\n'),
  );
  for (const name of [administrator, accountName])
    execFileSync('saslpasswd2', ['-f', passwords, '-c', '-p', '-u', realm, name], { input: `${password}\n` });
  // Cyrus gives up being root at once.
  execFileSync('chown', ['-R', 'cyrus:mail', folder]);
  chmodSync(folder, 0o755);
  return { imapd, cyrus };
}

/** The account's first mailbox, which brings its calendars and address books: by IMAP (RFC 9051). */
async function makeMailbox(port: number): Promise<void> {
  const commands = [`a login ${administrator} ${password}`, `b create user.${accountName}`, 'c logout'];
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('Cyrus does not answer over IMAP')));
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      heard += text;
      if (/^\S+ (?:NO|BAD)/m.test(text)) socket.destroy(new Error(`Cyrus refuses: ${heard}`));
      else if (/^(?:\*|[a-z]) OK/m.test(text) && commands.length > 0)
        socket.write(`${commands.shift() ?? ''}\r\n`);
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve());
  });
}

/** Cyrus makes them when they are looked at first. */
async function lookAtHomes(target: Target): Promise<void> {
  const connection = await Connection.open(target.port);
  try {
    for (const home of ['calendars', 'addressbooks'])
      await done(
        connection,
        expectStatus(
          request(target, {
            method: 'PROPFIND',
            path: `/dav/${home}/user/${accountName}/`,
            headers: { Depth: '0' },
          }),
          207,
        ),
      );
  } finally {
    connection.close();
  }
}
