import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { StorageFullError } from '../../storage/index.js';
import type { Database } from '../../storage/index.js';
import { temporaryDatabase } from '../storage/temporary-database.js';
import { goodPassword, livedIn, Person, words } from './house.js';
import type { Answer, House } from './house.js';

/** Units of work that the disk still takes; what comes after is rolled back. */
const disk = { room: Number.POSITIVE_INFINITY };

/** A database whose disk gets full when the test says so, wherever inside a request that is. */
function filling(database: Database): Database {
  return {
    alone: (work) => database.alone(work),
    concurrentReads: database.concurrentReads,
    changes: database.changes,
    read: (work) => database.read(work),
    write: (work, options) =>
      database.write(async (writer) => {
        const result = await work(writer);
        if (disk.room <= 0) throw new StorageFullError('The disk is full');
        disk.room -= 1;
        return result;
      }, options),
    ping: () => database.ping(),
    close: () => database.close(),
  };
}

describe('Pages while the disk is full', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn({}, async () => {
      const temporary = await temporaryDatabase();
      return { ...temporary, database: filling(temporary.database) };
    }));
  });
  after(() => home.dispose());
  afterEach(() => {
    disk.room = Number.POSITIVE_INFINITY;
  });

  async function signsIn(browser: Person): Promise<Answer> {
    const form = await browser.open('/sign-in');
    const first = await browser.send(form, '/sign-in', { name: 'anna', password: goodPassword });
    if (first.status !== 200) return first;
    return browser.send(first, '/sign-in/code', { code: browser.code() });
  }

  it('say so to who signs in, whatever could still be written, and let them in when there is room', async () => {
    const { id } = await anna.account();
    const sessions = async (): Promise<number> => (await home.auth.sessions.list(id)).length;
    let answer: Answer;
    let room = 0;
    for (; ; room += 1) {
      const browser = new Person(home, 'anna');
      browser.secret = anna.secret;
      const before = await sessions();
      disk.room = room;
      answer = await signsIn(browser);
      disk.room = Number.POSITIVE_INFINITY;
      if (answer.status === 200) {
        assert.equal(await sessions(), before + 1);
        assert.equal((await browser.open('/')).path, '/');
        break;
      }
      assert.equal(answer.status, 507, words(answer));
      assert.match(words(answer), /The server has no room left .*disk is full.* Tell the person who runs/);
      assert.equal(answer.headers.get('Cache-Control'), 'no-store');
      assert.equal(await sessions(), before);
      assert.match((await browser.open('/')).path, /^\/sign-in/);
      // Attempts are limited, also those that the disk ended.
      home.pass(60 * 60 * 1000);
    }
    assert.ok(room > 0, 'signing in writes something');
    assert.match(words(answer), /Home/);
    assert.deepEqual(home.errors, []);
  });
});
