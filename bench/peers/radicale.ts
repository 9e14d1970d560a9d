/** Radicale of Debian, with its own storage in files and plain passwords: none of the time is a password hash's. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountName } from '../fill.js';
import { end, freePort, pidOf, untilAnswering } from '../processes.js';
import type { RunningServer } from '../processes.js';

export async function startRadicale(folder: string): Promise<RunningServer> {
  const users = join(folder, 'users');
  writeFileSync(users, `${accountName}:secret\n`);
  mkdirSync(join(folder, 'collections'));
  const port = await freePort();
  const settings = {
    'server-hosts': `127.0.0.1:${port}`,
    'server-max-connections': '100',
    'auth-type': 'htpasswd',
    'auth-htpasswd-filename': users,
    'auth-htpasswd-encryption': 'plain',
    'rights-type': 'owner_only',
    'storage-filesystem-folder': join(folder, 'collections'),
    'logging-level': 'warning',
  };
  const args = ['--config', '', ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
  const child = spawn('/usr/bin/radicale', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await untilAnswering(child, port, '/.web/', () => 'it says why above', 500);
  const pid = pidOf(child);
  return {
    pid,
    pids: [pid],
    target: {
      port,
      authorization: `Basic ${Buffer.from(`${accountName}:secret`).toString('base64')}`,
      pathOf: (home, name) => `/${accountName}/${home}-${name}/`,
    },
    loopDelay: async () => undefined,
    stop: () => end(child),
  };
}
