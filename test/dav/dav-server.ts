/** A DAV server over a database of its own, for tests: real requests over HTTP with real app passwords. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createAuth, openKeyring } from '../../auth/index.js';
import type { Auth, NewAppPassword } from '../../auth/index.js';
import { createDavHandler, createDefaultCollections, defaultLimits } from '../../dav/index.js';
import type { DavLimits, Directory, Synchronization } from '../../dav/index.js';
import type { Submissions } from '../../dav/submissions.js';
import { ensureMeta } from '../../storage/index.js';
import type { AccountId, Database } from '../../storage/index.js';
import { quickHashing } from '../auth/quick-hashing.js';
import { temporaryDatabase } from '../storage/temporary-database.js';

/** What an account holder types into a device. */
export interface Device {
  readonly name: string;
  readonly authorization: string;
}

export interface DavServer {
  readonly server: Server;
  readonly url: string;
  readonly database: Database;
  readonly auth: Auth;
  readonly epoch: string;
  /** Faults of the server itself: a test that leaves one here has found a 500. */
  readonly faults: unknown[];
  /** Makes an account and an app password of it for calendars and contacts. */
  addUser(name: string, password?: string): Promise<{ readonly id: AccountId; readonly device: Device }>;
  /** Makes another app password. */
  addDevice(name: string, input?: Partial<NewAppPassword>): Promise<Device>;
  stop(): Promise<void>;
}

export interface DavServerOptions {
  readonly limits?: Partial<DavLimits>;
  /** For the database, such as the size at which its disk is full. */
  readonly storage?: Parameters<typeof temporaryDatabase>[0];
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  readonly submissions?: Submissions;
  readonly directory?: Directory;
  readonly onSync?: (synchronization: Synchronization) => void;
}

export const basic = (name: string, secret: string): string =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

export async function startDav(options: DavServerOptions = {}): Promise<DavServer> {
  const { limits = {}, storage, clock, submissions, directory, onSync } = options;
  const temporary = await temporaryDatabase(storage);
  const { database } = temporary;
  const { epoch } = await ensureMeta(database);
  const keyring = await openKeyring({ file: join(dirname(temporary.file), 'secret.json'), database });
  const auth = createAuth({
    database,
    keyring,
    baseUrl: new URL('http://localhost:8800'),
    allowInsecure: false,
    registration: 'closed',
    ...(clock === undefined ? {} : { clock }),
    hashing: quickHashing,
    onAccountCreated: (writer, { id }) => createDefaultCollections(writer, id, clock?.() ?? Date.now()),
  });
  const handler = createDavHandler({
    database,
    limits: { ...defaultLimits, ...limits },
    epoch,
    baseUrl: new URL('https://dav.example.com'),
    ...(directory === undefined ? {} : { directory }),
    authenticate: (request) => auth.basic.authenticate(request),
    onSync,
    onAnswer: (request) => auth.recentRequests.answered(request),
    ...(clock === undefined ? {} : { clock }),
    ...(submissions === undefined ? {} : { submissions }),
  });
  const faults: unknown[] = [];
  const server = createServer((request, response) => {
    const caller = { address: '127.0.0.1', https: false, loopback: true, proceed: () => undefined };
    handler(request, response, caller).catch((error: unknown) => {
      faults.push(error);
      response.statusCode = 500;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const addDevice = async (name: string, input: Partial<NewAppPassword> = {}): Promise<Device> => {
    const account = await auth.accounts.find(name);
    if (account === undefined) throw new Error(`There is no account ${name}`);
    const { secret } = await auth.appPasswords.create(
      account.id,
      { label: 'test', services: new Set(['calendars', 'contacts']), access: 'write', ...input },
      { kind: 'shell' },
    );
    return { name, authorization: basic(name, secret) };
  };
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    database,
    auth,
    epoch,
    faults,
    addDevice,
    async addUser(name, password) {
      const { id } = await auth.accounts.create({ name, password }, { kind: 'shell' });
      return { id, device: await addDevice(name) };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await auth.close();
      await temporary.dispose();
    },
  };
}
