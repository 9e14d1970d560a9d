import { Device } from './device.js';
import type { Lab, Login } from './lab.js';
import type { Kind } from './samples.js';
import { Vdirsyncer } from './vdirsyncer.js';
import type { VdirsyncerOptions } from './vdirsyncer.js';

/** vdirsyncer and another device, both on one collection, which is new and empty. */
export interface Pair {
  readonly vdirsyncer: Vdirsyncer;
  readonly device: Device;
  readonly kind: Kind;
  /** Where the collection is on this computer. */
  readonly folder: string;
  /** Where it is on the server. */
  readonly path: string;
  /** What it is called on both sides. */
  readonly name: string;
}

/** Makes a collection, in the shared account unless there is a login, and finds it. */
export async function openPair(
  lab: Lab,
  kind: Kind,
  signal: AbortSignal,
  { login, ...options }: VdirsyncerOptions & { readonly login?: Login } = {},
): Promise<Pair> {
  const device = new Device(lab.baseUrl, login ?? (await lab.sharedAccount(signal)), signal);
  const path = await device.makeCollection(kind);
  const name = path.split('/').at(-2) ?? '';
  const vdirsyncer = await Vdirsyncer.create(lab, device.login, signal, { ...options, collections: [name] });
  await vdirsyncer.discover(kind);
  return { vdirsyncer, device, kind, folder: await vdirsyncer.collection(kind), path, name };
}
