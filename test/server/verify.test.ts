import assert from 'node:assert/strict';
import { runCli } from '../../server/cli/program.js';
import { loadConfig } from '../../server/config.js';
import { openDatabase } from '../../server/core.js';
import { removeDeletedAccounts } from '../../storage/index.js';
import type { Database } from '../../storage/index.js';
import { statement } from '../../storage/statement.js';
import { sql } from 'kysely';
import type { Device } from '../dav/dav-server.js';
import { calendarType, event, send } from '../dav/requests.js';
import { dataFolder } from './process.js';
import type { DataFolder } from './process.js';
import { ServerProcess } from './server-process.js';

const calendar = '/dav/calendars/alice/work/';
const book = '/dav/addressbooks/alice/people/';
const card = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'UID:a',
  'FN:Ann',
  'N:;Ann;;;',
  'EMAIL:a@example.org',
  'END:VCARD',
  '',
];

interface Told {
  readonly faults: number;
  readonly repaired: boolean;
  readonly told: readonly { kind: string; collection: string | null; object: string | null }[];
}

describe('latchkey verify', function () {
  this.timeout(120_000);
  let data: DataFolder;
  let server: ServerProcess;
  let device: Device;
  let database: Database;
  before(async () => {
    data = await dataFolder();
    server = await ServerProcess.start(data);
    device = { name: 'alice', authorization: await server.addDevice('alice') };
    const put = async (path: string, type: string, body: string): Promise<void> => {
      const answer = await send(server, device, 'PUT', path, { headers: { 'Content-Type': type }, body });
      assert.equal(answer.status, 201, answer.body);
    };
    assert.equal((await send(server, device, 'MKCALENDAR', calendar)).status, 201);
    const type =
      '<resourcetype><collection/><addressbook xmlns="urn:ietf:params:xml:ns:carddav"/></resourcetype>';
    const body = `<mkcol xmlns="DAV:"><set><prop>${type}</prop></set></mkcol>`;
    assert.equal((await send(server, device, 'MKCOL', book, { body })).status, 201);
    for (const name of ['a', 'b', 'gone'])
      await put(`${calendar}${name}.ics`, calendarType['Content-Type'], event(name));
    const rule = event('daily', { lines: ['RRULE:FREQ=DAILY'] });
    await put(`${calendar}daily.ics`, calendarType['Content-Type'], rule);
    await put(`${book}a.vcf`, 'text/vcard', card.join('\r\n'));
    await send(server, device, 'DELETE', `${calendar}gone.ics`);
    database = await openDatabase(loadConfig(data.variables));
  });
  after(async () => {
    await database.close();
    await server.end('SIGKILL');
    await data.remove();
  });

  async function verify(...more: readonly string[]): Promise<{ code: number; told: Told }> {
    let out = '';
    let err = '';
    const terminal = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
    const code = await runCli(['verify', '--json', ...more], data.variables, terminal);
    assert.notEqual(out, '', err);
    return { code, told: JSON.parse(out) as Told };
  }
  /** Damages the database as only a fault could, and mends it again. */
  const run = (query: ReturnType<typeof sql>): Promise<number> =>
    database.write((writer) =>
      writer.run(
        statement()((db) => ({ compile: () => query.compile(db) })),
        {},
      ),
    );
  const idOf = (name: string) => sql`(select id from object where name = ${sql.lit(name)})`;

  it('finds nothing wrong with what a server has stored, while it runs', async () => {
    const { code, told } = await verify();
    assert.deepEqual(told, { faults: 0, repaired: false, told: [] });
    assert.equal(code, 0);
  });

  for (const [what, kind, object, damage, mend] of [
    [
      'bytes that are not those of the ETag',
      'etag',
      'a.ics',
      // Of as many bytes.
      () =>
        sql`update object_data set data = (select data from object_data where object_id = ${idOf('b.ics')}
          and collection_id = (select id from collection where name = 'work'))
          where object_id = ${idOf('a.ics')} and collection_id = (select id from collection where name = 'work')`,
      undefined,
    ],
    [
      'a count that is not right',
      'count',
      null,
      () => sql`update collection set object_count = object_count + 1 where name = 'work'`,
      () => sql`update collection set object_count = object_count - 1 where name = 'work'`,
    ],
    [
      'bytes that are not counted right',
      'count',
      null,
      () => sql`update collection set bytes_used = bytes_used + 1 where name = 'work'`,
      () => sql`update collection set bytes_used = bytes_used - 1 where name = 'work'`,
    ],
    [
      'an object that is told to be deleted',
      'revision',
      null,
      () => sql`update tombstone set name = 'b.ics' where name = 'gone.ics'`,
      () => sql`update tombstone set name = 'gone.ics' where name = 'b.ics'`,
    ],
    [
      'two changes under one number',
      'revision',
      null,
      () => sql`update object set revision = revision + 1 where name = 'a.ics'`,
      () => sql`update object set revision = revision - 1 where name = 'a.ics'`,
    ],
    [
      'rows of an account that is not there',
      'orphan',
      null,
      () => sql`insert into group_member (account_id, group_key, created_at) values (999, 'nobody', 0)`,
      () => sql`delete from group_member where account_id = 999`,
    ],
    [
      'properties of what is not there',
      'orphan',
      null,
      () => sql`insert into dead_property (account_id, resource, name, xml)
        select id, 'object:999:0000000000000001', '{urn:x}a', '<a xmlns="urn:x"/>' from account limit 1`,
      () => sql`delete from dead_property where resource like 'object:999:%'`,
    ],
    [
      'a revision that is later than the collection’s',
      'revision',
      null,
      () => sql`update collection set revision = revision - 2 where name = 'work'`,
      () => sql`update collection set revision = revision + 2 where name = 'work'`,
    ],
    [
      'rows that belong to nothing',
      'orphan',
      null,
      () => sql`insert into object_data (account_id, collection_id, object_id, data)
        select account_id, collection_id, 999999, data from object_data limit 1`,
      () => sql`delete from object_data where object_id = 999999`,
    ],
  ] as const)
    it(`finds ${what}`, async () => {
      await run(damage());
      try {
        const { code, told } = await verify('--repair');
        assert.deepEqual(
          told.told.map((fault) => [fault.kind, fault.object]),
          [[kind, object]],
        );
        assert.equal(told.repaired, false);
        assert.equal(code, 1);
      } finally {
        if (mend !== undefined) await run(mend());
        else
          await send(server, device, 'PUT', `${calendar}a.ics`, { headers: calendarType, body: event('a') });
      }
      assert.equal((await verify()).code, 0);
    });

  it('finds nothing wrong with what a deleted account has left, nor with its name that stays taken', async () => {
    const bob = { name: 'bob', authorization: await server.addDevice('bob') };
    assert.equal((await send(server, bob, 'MKCALENDAR', '/dav/calendars/bob/work/')).status, 201);
    const options = { headers: calendarType, body: event('a') };
    assert.equal((await send(server, bob, 'PUT', '/dav/calendars/bob/work/a.ics', options)).status, 201);
    await server.command('account', 'delete', 'bob', '--yes');
    assert.equal((await verify()).told.faults, 0);
    const later = Date.now() + 24 * 60 * 60 * 1000;
    await removeDeletedAccounts(database, () => later);
    assert.equal((await verify()).told.faults, 0);
  });

  it('finds indexes that are not those of the bytes, and makes them anew where that is asked for', async () => {
    await run(sql`update object set first_start = 12345 where name = 'b.ics'`);
    await run(sql`delete from object_span where object_id = ${idOf('a.ics')}`);
    await run(sql`update card_text set email = 'other'`);
    const found = await verify();
    assert.equal(found.code, 1);
    assert.deepEqual(found.told.told.map((fault) => [fault.kind, fault.object]).sort(), [
      ['index', 'a.ics'],
      ['index', 'a.vcf'],
      ['index', 'b.ics'],
    ]);
    const repaired = await verify('--repair');
    assert.equal(repaired.code, 0);
    assert.equal(repaired.told.repaired, true);
    assert.deepEqual(await verify(), { code: 0, told: { faults: 0, repaired: false, told: [] } });
  });
});
