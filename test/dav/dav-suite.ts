/**
 * What most test files begin with: a server for the `describe` around it, with an account `alice` and a device of hers;
 * at the end no fault of the server's own may have happened.
 */
import assert from 'node:assert/strict';
import { after, before } from 'mocha';
import type { Name } from '../../dav/xml/names.js';
import { multistatus, refusal } from './answers.js';
import { propfindBody } from './bodies.js';
import type { MemberResponse } from './answers.js';
import { startDav } from './dav-server.js';
import type { DavServer, DavServerOptions, Device } from './dav-server.js';
import { firstCollection, put, send } from './requests.js';
import type { Answer, RequestOptions } from './requests.js';

export type Home = 'calendars' | 'addressbooks';

export class DavSuite {
  #server: DavServer | undefined;
  #device: Device | undefined;
  #count = 0;

  /** The server; only inside tests and hooks. */
  get server(): DavServer {
    assert.ok(this.#server, 'the server runs');
    return this.#server;
  }

  /** Alice's device, with an app password for everything. */
  get device(): Device {
    assert.ok(this.#device, 'alice has a device');
    return this.#device;
  }

  async start(options: DavServerOptions): Promise<void> {
    this.#server = await startDav(options);
    ({ device: this.#device } = await this.#server.addUser('alice'));
  }

  async stop(): Promise<void> {
    const { faults } = this.server;
    await this.server.stop();
    assert.deepEqual(faults, [], 'no fault of the server');
  }

  /** One request as alice, or as another device. */
  send(method: string, path: string, options: RequestOptions = {}, device = this.device): Promise<Answer> {
    return send(this.server, device, method, path, options);
  }

  /** Stores a valid object and answers its ETag. */
  put(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return put(this.server, this.device, path, body, headers);
  }

  /** The path of the collection that alice began with. */
  firstCollection(home: Home = 'calendars'): Promise<string> {
    return firstCollection(this.server, this.device, home);
  }

  /** Makes a collection that no other test uses, and answers its path. */
  async newCollection(home: Home = 'calendars', properties = ''): Promise<string> {
    this.#count += 1;
    const path = `/dav/${home}/alice/test-${this.#count}/`;
    const type =
      home === 'calendars'
        ? '<calendar xmlns="urn:ietf:params:xml:ns:caldav"/>'
        : '<addressbook xmlns="urn:ietf:params:xml:ns:carddav"/>';
    const body = `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/>${type}</resourcetype>${properties}</prop></set></mkcol>`;
    const answer = await this.send('MKCOL', path, { body });
    assert.equal(answer.status, 201, answer.body);
    return path;
  }

  /** PROPFIND for named properties. */
  async propfind(
    path: string,
    names: readonly Name[],
    headers: Readonly<Record<string, string>> = {},
    device = this.device,
  ): Promise<MemberResponse[]> {
    const options = { headers: { Depth: '0', ...headers }, body: propfindBody(...names) };
    const answer = await this.send('PROPFIND', path, options, device);
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body);
  }
}

/** Call it inside a `describe`. */
export function davSuite(options: DavServerOptions = {}): DavSuite {
  const suite = new DavSuite();
  before(() => suite.start(options));
  after(() => suite.stop());
  return suite;
}

/** Fails unless the answer refuses with that status and precondition (none: no element but our sentence). */
export function assertRefused(answer: Answer, status: number, precondition?: Name, what?: string): void {
  assert.equal(answer.status, status, what ?? answer.body);
  assert.deepEqual(
    refusal(answer.body).preconditions,
    precondition === undefined ? [] : [precondition],
    what,
  );
}
