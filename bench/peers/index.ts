/** Servers of others, started from Debian's packages. */
import { installPackages } from '../../test/interop/debian-packages.js';
import type { RunningServer } from '../processes.js';
import { UsageError } from '../usage-error.js';
import { startCyrus } from './cyrus.js';
import { startDavical } from './davical.js';
import type { PeerName } from './names.js';
import { startRadicale } from './radicale.js';

interface Peer {
  readonly packages: readonly string[];
  /** In a folder of its own, which is removed when it has ended. */
  readonly start: (folder: string) => Promise<RunningServer>;
}

const peers: Readonly<Record<PeerName, Peer>> = {
  radicale: { packages: ['radicale'], start: startRadicale },
  cyrus: { packages: ['cyrus-imapd', 'cyrus-caldav', 'sasl2-bin'], start: startCyrus },
  davical: { packages: ['davical', 'php-fpm', 'nginx'], start: startDavical },
};

/** Installs and starts a peer. @throws UsageError where it cannot be installed */
export async function startPeer(name: PeerName, folder: string): Promise<RunningServer> {
  const { packages, start } = peers[name];
  const reason = await installPackages(packages);
  if (reason !== undefined) throw new UsageError(`${name} cannot be installed: ${reason}`);
  return start(folder);
}
