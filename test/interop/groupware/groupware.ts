/** A program with calendars and address books of its own, which is driven from outside as a person would use it. */
import { z } from 'zod';
import type { Kind } from '../samples.js';

/** What carries out the calls inside the program: `evolution-driver.py`, `thunderbird-driver.js`. */
export interface Driver {
  /** Throws with what the program said when it could not do it. */
  call(name: string, parameters: object): Promise<unknown>;
  /** Ends the program. Throws if it did not end by itself, or left a process. */
  end(): Promise<void>;
}

/** Where a client keeps objects of one sort. A calendar of the server is two: events and tasks. */
export type Store = 'contacts' | 'events' | 'tasks';

/** A collection of the server that the client has found. */
export interface Collection {
  /** What the client itself calls it. */
  readonly id: string;
  readonly name: string;
  /** Where it is on the server. */
  readonly path: string;
  readonly store: Store;
}

/** What the person does with a change of an object that was changed on the server too. */
export type OnConflict = 'give up' | 'overwrite';

export const kindOf = (store: Store): Kind => (store === 'contacts' ? 'contacts' : 'calendars');

const strings = z.array(z.string());
const collections = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    path: z.string(),
    store: z.enum(['contacts', 'events', 'tasks']),
  }),
);

export class Groupware {
  constructor(private readonly driver: Driver) {}

  /** Sets up an account from what a person types; answers what the client calls it. */
  async addAccount(url: string, user: string, secret: string): Promise<string> {
    return z.string().parse(await this.driver.call('account', { url, user, secret }));
  }

  /** The collections of an account that were found so far. */
  async collections(account: string): Promise<readonly Collection[]> {
    return collections.parse(await this.driver.call('collections', { account }));
  }

  /** What the client says of the account's password when it was refused. */
  async refusals(account: string): Promise<readonly string[]> {
    return strings.parse(await this.driver.call('refusals', { account }));
  }

  /** Enters another password for the account, after the first was refused. */
  async changePassword(account: string, secret: string): Promise<void> {
    await this.driver.call('changePassword', { account, secret });
  }

  async isReadOnly(collection: Collection): Promise<boolean> {
    return z.boolean().parse(await this.at('readOnly', collection));
  }

  /** Asks the server for changes; what is new may appear a moment later. */
  async refresh(collection: Collection): Promise<void> {
    await this.at('refresh', collection);
  }

  /** All objects that the client has, as vCards or iCalendar, in its own words. */
  async texts(collection: Collection): Promise<readonly string[]> {
    return strings.parse(await this.at('texts', collection));
  }

  /** Takes a whole vCard or iCalendar object. */
  async add(collection: Collection, text: string): Promise<void> {
    await this.at('add', collection, { text });
  }

  /** Replaces a piece of text everywhere in an object, a title above all. */
  async edit(
    collection: Collection,
    uid: string,
    before: string,
    after: string,
    conflict: OnConflict = 'give up',
  ): Promise<void> {
    await this.at('edit', collection, { uid, before, after, conflict });
  }

  /** Gives one occurrence of a series, by its start in UTC (`20300620T080000Z`), a title of its own. */
  async editOne(collection: Collection, uid: string, start: string, title: string): Promise<void> {
    await this.at('editOne', collection, { uid, start, title });
  }

  async remove(collection: Collection, uid: string): Promise<void> {
    await this.at('remove', collection, { uid });
  }

  /** As `Driver.end`. */
  async close(): Promise<void> {
    await this.driver.end();
  }

  private at(call: string, { id, store }: Collection, parameters: object = {}): Promise<unknown> {
    return this.driver.call(call, { id, store, ...parameters });
  }
}
