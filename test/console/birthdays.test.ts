import assert from 'node:assert/strict';
import { indexedAs } from '../../dav/indexing.js';
import { createCollection, listCollections, pageObjects, putObject } from '../../storage/index.js';
import { formOn, livedIn, words } from './house.js';
import type { House, Person } from './house.js';

const card = ['BEGIN:VCARD', 'VERSION:3.0', 'UID:b', 'FN:Berta', 'BDAY:1985-04-12', 'END:VCARD', ''].join(
  '\r\n',
);

describe('The calendar of birthdays, in the profile', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    ({ home, anna } = await livedIn());
  });
  afterEach(() => home.dispose());

  const calendars = async (): Promise<string[]> => {
    const { id } = await anna.account();
    const found = await home.database.read((reader) => listCollections(reader, id, 'calendar'));
    return found.map(({ displayName }) => displayName ?? '');
  };

  it('is off until it is switched on, and can be switched off again', async () => {
    const before = await calendars();
    const profile = await anna.open('/profile');
    assert.match(words(profile), /Calendar of birthdays Off\. .* Switch on/);
    const on = await anna.send(profile, '/profile/birthdays');
    assert.match(words(on), /Your devices will show a calendar of birthdays\. .* Switch off/);
    assert.deepEqual(await calendars(), [...before, 'Birthdays']);
    const off = await anna.send(on, '/profile/birthdays');
    assert.match(words(off), /The calendar of birthdays is gone/);
    assert.deepEqual(await calendars(), before);
    assert.deepEqual(home.errors, []);
  });

  it('is filled with what the contacts say, without anybody waiting', async () => {
    const { id } = await anna.account();
    const now = home.now();
    await home.database.write(async (writer) => {
      const kind = 'addressbook';
      const book = await createCollection(writer, id, {
        kind,
        name: 'friends',
        now,
        indexedAs: indexedAs({ kind, zone: null }),
      });
      const content = {
        name: 'b.vcf',
        uid: 'b',
        component: 'VCARD',
        version: '3.0',
        etag: 'b',
        data: Buffer.from(card),
      };
      const index = { firstStart: null, lastEnd: null, windowStart: null, windowEnd: null, unbounded: false };
      await putObject(writer, book, {
        ...content,
        index: { ...index, floating: false, version: 1, spans: [], properties: [] },
        now,
      });
    });
    await anna.send(await anna.open('/profile'), '/profile/birthdays');
    const events = async (): Promise<number> =>
      home.database.read(async (reader) => {
        const calendar = (await listCollections(reader, id, 'calendar')).at(-1);
        return calendar === undefined ? 0 : (await pageObjects(reader, calendar, 0, 10)).length;
      });
    while ((await events()) === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await events(), 1);
  });

  it('wants to be told which', async () => {
    const token = formOn(await anna.open('/profile'), '/profile/birthdays')['csrf'] ?? '';
    const answer = await anna.request('POST', '/profile/birthdays', { csrf: token, wanted: 'perhaps' });
    assert.equal(answer.status, 422);
    assert.equal((await anna.request('POST', '/profile/birthdays', { wanted: 'yes' })).status, 403);
    assert.ok(!(await calendars()).includes('Birthdays'));
  });
});
