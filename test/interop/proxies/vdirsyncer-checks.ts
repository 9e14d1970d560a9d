/** A real client that checks the certificate: from the bare https address to objects on both sides. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { Check } from '../check.js';
import { Skipped } from '../check.js';
import { Device } from '../device.js';
import { isProgram } from '../program.js';
import { sample } from '../samples.js';
import { Vdirsyncer } from '../vdirsyncer.js';
import type { Site } from './site.js';

export function vdirsyncerChecks(site: Site): Check[] {
  return [
    {
      name: 'vdirsyncer finds everything from the https address, and syncs both ways',
      run: (signal) => syncs(site, signal),
    },
    {
      name: 'vdirsyncer takes the certificate with this fingerprint, and no other',
      run: (signal) => knowsFingerprint(site, signal),
    },
  ];
}

async function computer(site: Site, signal: AbortSignal, settings: readonly string[]) {
  if (!(await isProgram('vdirsyncer'))) throw new Skipped('vdirsyncer is not installed');
  const login = await site.lab.account(signal);
  const vdirsyncer = await Vdirsyncer.create(site.lab, login, signal, { settings });
  return { vdirsyncer, device: new Device(site.directUrl, login, signal) };
}

async function syncs(site: Site, signal: AbortSignal): Promise<void> {
  const { vdirsyncer, device } = await computer(site, signal, [`verify = "${site.authorityFile}"`]);
  for (const kind of ['calendars', 'contacts'] as const) {
    await vdirsyncer.discover(kind);
    const folder = await vdirsyncer.collection(kind);
    const path = await device.collection(kind);
    const [here, there] = [sample(kind, 'Änne'), sample(kind, 'Bjørn')];
    await vdirsyncer.write(kind, folder, here);
    await device.put(kind, path, there);
    await vdirsyncer.sync(kind);
    assert.deepEqual(
      new Set([...(await vdirsyncer.files(kind, folder)).values()]),
      new Set([here.text, there.text]),
    );
    assert.deepEqual(new Set(await device.contents(path)), new Set([here.text, there.text]));
  }
}

async function knowsFingerprint(site: Site, signal: AbortSignal): Promise<void> {
  const fingerprint = await fingerprintOf(site, signal);
  const known = await computer(site, signal, [`verify_fingerprint = "${fingerprint}"`]);
  await known.vdirsyncer.discover('calendars');
  const last = fingerprint.endsWith('0') ? '1' : '0';
  const other = await computer(site, signal, [`verify_fingerprint = "${fingerprint.slice(0, -1)}${last}"`]);
  await assert.rejects(other.vdirsyncer.discover('calendars'));
}

/** SHA-256 of the certificate that is shown, as `openssl x509 -fingerprint` writes it. */
async function fingerprintOf({ lab, authority }: Site, signal: AbortSignal): Promise<string> {
  const { hostname, port } = new URL(lab.baseUrl);
  const socket = connect({ host: hostname, port: Number(port), servername: hostname, ca: authority });
  try {
    await once(socket, 'secureConnect', { signal });
    return socket.getPeerCertificate().fingerprint256;
  } finally {
    socket.destroy();
  }
}
