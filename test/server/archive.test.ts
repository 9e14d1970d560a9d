/** The archive in which an account holder takes everything along. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Folder, fileName } from '../../server/archive/file-names.js';
import type { Account } from '../../auth/index.js';
import { entriesOf } from '../../server/archive/entries.js';
import type { Entry } from '../../server/archive/entries.js';
import { writeArchive } from '../../server/archive/write.js';
import { putObject } from '../../storage/index.js';
import { contentOf, insertCollection, temporaryDatabase } from '../storage/temporary-database.js';
import { unzip } from '../unzip.js';

const entry = (name: string, content: () => AsyncIterable<Uint8Array | string>): Entry => ({
  name,
  modifiedAt: Date.UTC(2026, 0, 2),
  content,
});

async function* texts(...parts: readonly string[]): AsyncGenerator<string> {
  yield* parts;
}

/** Entries that remember how many were asked for. */
function counted(entries: number, bytes: number) {
  let asked = 0;
  async function* all(): AsyncGenerator<Entry> {
    for (let number = 0; number < entries; number += 1) {
      asked += 1;
      // Not to be compressed away.
      const content = Buffer.from(Array.from({ length: bytes }, () => Math.floor(Math.random() * 256)));
      yield entry(`${number}.bin`, async function* () {
        yield content;
      });
    }
  }
  return { all, asked: () => asked };
}

describe('An archive', () => {
  it('holds each file as it was given, empty ones too', async () => {
    const out = new PassThrough();
    async function* entries(): AsyncGenerator<Entry> {
      yield entry('a/ü.txt', () => texts('one ', 'two'));
      yield entry('empty.txt', () => texts());
    }
    const [bytes] = await Promise.all([buffer(out), writeArchive(entries(), out)]);
    const files = await unzip(bytes);
    assert.deepEqual([...files.keys()], ['a/ü.txt', 'empty.txt']);
    assert.equal(files.get('a/ü.txt')?.toString(), 'one two');
    assert.equal(files.get('empty.txt')?.length, 0);
  });

  it('is not read ahead of who takes it', async () => {
    const { all, asked } = counted(200, 20_000);
    let took = 0;
    let goOn: () => void = () => undefined;
    const slow = new Writable({
      highWaterMark: 1024,
      write(chunk: Buffer, _encoding, callback) {
        took += chunk.length;
        if (took > 100_000 && took < 200_000) goOn = callback;
        else callback();
      },
    });
    const written = writeArchive(all(), slow);
    for (let waited = 0; took < 100_000 && waited < 500; waited += 1) await delay(10);
    await delay(100);
    assert.ok(asked() < 30, `${asked()} of 200 files were read for ${took} bytes`);
    took = 200_000;
    goOn();
    await written;
    assert.equal(asked(), 200);
  });

  it('ends with who takes it, and with a file that cannot be read', async () => {
    const { all, asked } = counted(200, 20_000);
    const gone = new Writable({
      write(_chunk, _encoding, callback) {
        callback();
        this.destroy();
      },
    });
    await assert.rejects(writeArchive(all(), gone), /premature|close/i);
    assert.ok(asked() < 30);
    async function* broken(): AsyncGenerator<Entry> {
      yield entry('a', async function* () {
        yield 'begun';
        throw new Error('not readable');
      });
    }
    const out = new PassThrough();
    out.resume();
    await assert.rejects(writeArchive(broken(), out), /not readable/);
    async function* none(): AsyncGenerator<Entry> {
      yield entry('a', () => texts('x'));
      throw new Error('no list');
    }
    const second = new PassThrough();
    second.resume();
    await assert.rejects(writeArchive(none(), second), /no list/);
  });
});

describe('An archive of an account', () => {
  it('holds as many objects one by one as it may, and all of them in the file of all', async () => {
    const { database, dispose } = await temporaryDatabase();
    try {
      const calendar = await insertCollection(database);
      for (const name of ['a', 'b', 'c'])
        await database.write((writer) =>
          putObject(
            writer,
            calendar,
            contentOf(name, {
              data: Buffer.from(
                `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:${name}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
              ),
            }),
          ),
        );
      const account = { id: calendar.accountId, name: 'somebody', createdAt: 0 } as Account;
      const names: string[] = [];
      let all = '';
      const source = { database, account, appPasswords: [], activity: () => texts('[]'), readMe: '', now: 0 };
      for await (const { name, content } of entriesOf({ ...source, singleFiles: 2 })) {
        names.push(name);
        for await (const part of content()) if (name.endsWith('.ics')) all += String(part);
      }
      assert.equal(names.filter((name) => name.startsWith('calendars/default/')).length, 2);
      assert.equal(all.match(/BEGIN:VEVENT/g)?.length, 3);
    } finally {
      await dispose();
    }
  });
});

describe('Names in an archive', () => {
  it('are names on every system, and lead nowhere else', () => {
    for (const [wanted, name] of [
      ['Work', 'Work'],
      ['../../etc/passwd', '-..-etc-passwd'],
      ['..', 'x'],
      ['C:\\Windows', 'C-Windows'],
      ['a/b\u0000c\u202e', 'a-b-c-'],
      ['NUL.ics', '_NUL.ics'],
      ['ends.', 'ends'],
      [' ', 'x'],
      ['Ünïcode 🎂', 'Ünïcode 🎂'],
    ] as const)
      assert.equal(fileName(wanted, 'x'), name, wanted);
    assert.equal(Array.from(fileName('ä'.repeat(300), 'x')).length, 80);
    assert.equal(fileName('🎂'.repeat(300), 'x'), '🎂'.repeat(55), 'whole characters, 220 bytes of them');
  });

  it('differ in more than letter case', () => {
    const folder = new Folder();
    const placed = ['Work', 'work', 'WORK', 'a.ics', 'A.ics', '///', ':::'].map((name) =>
      folder.place(name, 'x'),
    );
    assert.deepEqual(placed, ['Work', 'work (2)', 'WORK (3)', 'a.ics', 'A (2).ics', '-', '- (2)']);
  });
});
