/** Filling the server over HTTP, as clients would: this warms it up as well. */
import { Connection } from './connection.js';
import { makeCard } from './data/cards.js';
import { makeEvent } from './data/events.js';
import type { MadeObject } from './data/events.js';
import { expectStatus } from './expectations.js';
import { WrongAnswerError } from './load.js';
import type { Query } from './load.js';
import { makeCollection, put } from './requests.js';
import type { Home, Target } from './requests.js';

const CLIENTS = 16;

export const accountName = 'alice';
export const collectionPath = ({ pathOf }: Target, home: Home, size: number): string =>
  pathOf(home, `bench-${size}`);

/** Makes a calendar and an address book of that many objects. */
export async function fill(target: Target, size: number): Promise<void> {
  await fillCollection(target, 'calendars', size, (index) => makeEvent(index, size));
  await fillCollection(target, 'addressbooks', size, makeCard);
}

async function fillCollection(
  target: Target,
  home: Home,
  size: number,
  make: (index: number) => MadeObject,
): Promise<void> {
  const path = collectionPath(target, home, size);
  const connections = await Promise.all(Array.from({ length: CLIENTS }, () => Connection.open(target.port)));
  try {
    const [first] = connections;
    if (first !== undefined) await done(first, expectStatus(makeCollection(target, home, path), 201));
    let next = 0;
    await Promise.all(
      connections.map(async (connection) => {
        while (next < size) {
          const { name, body } = make(next);
          next += 1;
          await done(connection, expectStatus(put(target, home, path + name, body), 201));
        }
      }),
    );
  } finally {
    for (const connection of connections) connection.close();
  }
}

/**
 * Asks once.
 * @throws WrongAnswerError
 */
export async function done(connection: Connection, query: Query): Promise<string> {
  const answer = await connection.ask(query.bytes);
  const fault = query.fault(answer);
  if (fault !== undefined) throw new WrongAnswerError(fault, query.bytes, answer);
  return answer.body.toString();
}
