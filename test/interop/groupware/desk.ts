/** A client that has found an account's collections, and another device of the account. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Device } from '../device.js';
import type { Lab, Login } from '../lab.js';
import { card, event } from '../samples.js';
import type { Sample } from '../samples.js';
import { kindOf } from './groupware.js';
import type { Collection, Groupware, Store } from './groupware.js';
import { until } from './until.js';

/** What a new account has: an address book, and a calendar for events and tasks. */
const STORES = ['contacts', 'events', 'tasks'] as const;

export class Desk {
  constructor(
    readonly client: Groupware,
    readonly device: Device,
    /** What the client calls the account. */
    readonly account: string,
    private readonly found: readonly Collection[],
    readonly signal: AbortSignal,
  ) {}

  /** Sets up an account in the client, and waits until it has found what a new account has. */
  static async open(client: Groupware, lab: Lab, login: Login, signal: AbortSignal): Promise<Desk> {
    const account = await client.addAccount(lab.baseUrl, login.user, login.secret);
    const found = await until(signal, async () => {
      const collections = await client.collections(account);
      assert.deepEqual([...new Set(collections.map(({ store }) => store))].sort(), STORES);
      return collections;
    });
    return new Desk(client, new Device(lab.baseUrl, login, signal), account, found, signal);
  }

  /** For the next check, which has its own time. */
  during(lab: Lab, signal: AbortSignal): Desk {
    const device = new Device(lab.baseUrl, this.device.login, signal);
    return new Desk(this.client, device, this.account, this.found, signal);
  }

  collection(store: Store): Collection {
    const found = this.found.find((each) => each.store === store);
    assert.ok(found, `no ${store}`);
    return found;
  }

  /** Stores an object by the other device; a new one unless `replace`. Answers its path. */
  async put(store: Store, sample: Sample, replace = false): Promise<string> {
    return this.device.put(kindOf(store), this.collection(store).path, sample, replace);
  }

  /** As `put`, and waits for the client to have it. */
  async share(store: Store, sample: Sample): Promise<string> {
    const path = await this.put(store, sample);
    await this.clientHas(store, sample.uid, sample.title);
    return path;
  }

  /** Makes an object that both have, and changes it by the other device. */
  async changedOnServer(store: Store): Promise<{ readonly before: Sample; readonly there: Sample }> {
    const before = sampleOf(store, 'Before');
    await this.share(store, before);
    const there = sampleOf(store, 'There', before.uid);
    await this.put(store, there, true);
    return { before, there };
  }

  /** Refreshes the client until what it has under this UID holds the text, and answers that. */
  async clientHas(store: Store, uid: string, text: string): Promise<string> {
    const collection = this.collection(store);
    return this.refreshing(collection, async () => {
      const had = await this.inClient(store, uid);
      assert.ok(had.includes(text), `${text} is not in what the client has under ${uid}:\n${had}`);
      return had;
    });
  }

  /** Refreshes the client until it has nothing under this UID. */
  async clientLacks(store: Store, uid: string): Promise<void> {
    await this.refreshing(this.collection(store), async () => {
      assert.equal(await this.inClient(store, uid), '');
    });
  }

  /** Waits for the server to have the one object with this UID and text in it, and answers its path and text. */
  async serverHas(
    store: Store,
    uid: string,
    text: string,
  ): Promise<{ readonly path: string; readonly text: string }> {
    return until(this.signal, async () => {
      const found = await this.onServer(store, uid);
      const [first] = found;
      assert.ok(first !== undefined && found.length === 1, `${found.length} objects with UID ${uid}`);
      assert.ok(first.text.includes(text), `${text} is not in what the server has:\n${first.text}`);
      return first;
    });
  }

  /** Waits for the server to have nothing under this UID. */
  async serverLacks(store: Store, uid: string): Promise<void> {
    await until(this.signal, async () => assert.deepEqual(await this.onServer(store, uid), []));
  }

  /** All that the client has under a UID, an exception of a series included; empty if it has nothing. */
  async inClient(store: Store, uid: string): Promise<string> {
    const texts = await this.client.texts(this.collection(store));
    return texts.filter((text) => hasUid(text, uid)).join('');
  }

  private async onServer(store: Store, uid: string) {
    const paths = await this.device.list(this.collection(store).path);
    const objects = await Promise.all(
      paths.map(async (path) => ({ path, text: await this.device.get(path) })),
    );
    return objects.filter(({ text }) => hasUid(text, uid));
  }

  /** Asks for a refresh before each look: one that is asked for while another goes on may be left out by a client. */
  private async refreshing<Result>(collection: Collection, look: () => Promise<Result>): Promise<Result> {
    return until(this.signal, async () => {
      await this.client.refresh(collection);
      return look();
    });
  }
}

const hasUid = (text: string, uid: string): boolean =>
  new RegExp(`^UID:(?:urn:uuid:)?${uid}\\r?$`, 'm').test(text);

/** A contact, an event in Berlin or a task. */
export function sampleOf(store: Store, title: string, uid: string = randomUUID()): Sample {
  return store === 'contacts'
    ? card(title, 'Müller', uid)
    : store === 'events'
      ? event(title, { uid })
      : task(title, uid);
}

function task(title: string, uid: string): Sample {
  const { text } = event(title, { uid, when: ['DUE:20300613T080000Z', 'STATUS:NEEDS-ACTION'] });
  return { uid, title, text: text.replaceAll('VEVENT', 'VTODO') };
}
