/** Databases of earlier releases (fixtures/schemas/, made by scripts/keep-schema.mjs) are brought up to date with all in them. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { z } from 'zod';
import { runCli } from '../../server/cli/program.js';
import { exitCodes } from '../../server/exit-codes.js';
import { loadConfig, projectRoot } from '../../server/config.js';
import { openDatabase } from '../../server/core.js';
import type { Database } from '../../storage/index.js';
import { migrate, migrations } from '../../storage/migrations/index.js';
import { openSqlite } from '../../storage/sqlite/index.js';
import { statement, type SqlValue } from '../../storage/statement.js';
import { multistatus, syncTokenOf } from '../dav/answers.js';
import { calendarType, event, send, syncBody } from '../dav/requests.js';
import { engine } from '../engine.js';
import { emptyDatabase } from '../storage/temporary-database.js';
import { schemaText } from '../storage/schema-text.js';
import { dataFolder } from './process.js';
import type { DataFolder } from './process.js';
import { ServerProcess } from './server-process.js';

const kept = join(projectRoot, 'fixtures', 'schemas');
const expectation = z.object({
  authorization: z.string(),
  tokens: z.record(z.string(), z.string()),
  deleted: z.string(),
  objects: z.record(z.string(), z.string()),
});
type Row = Readonly<Record<string, SqlValue>>;

const rowsOf = (table: string) =>
  statement()((db) => ({ compile: () => sql<Row>`select * from ${sql.table(table)}`.compile(db) }));
const tableNames = statement()((db) => ({
  compile: () =>
    sql<{
      name: string;
    }>`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`.compile(db),
}));
const insertOf = (table: string, columns: readonly string[]) =>
  statement<Row>()((db, $) => {
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const values = sql.join(columns.map((column) => $[column] ?? sql`null`));
    const query = sql`insert into ${sql.table(table)} (${names}) values (${values})`;
    return { compile: () => query.compile(db) };
  });
const raiseAccountIds = statement()((db) => ({
  compile: () =>
    sql<{ last: number }>`select setval(pg_get_serial_sequence('account', 'id'),
      (select max(id) from account)) as last`.compile(db),
}));

for (const version of readdirSync(kept).filter((name) => /^\d/.test(name))) {
  describe(`A database of ${version}`, function () {
    this.timeout(120_000);
    const file = (name: string): Buffer => readFileSync(join(kept, version, name));
    const expected = expectation.parse(JSON.parse(file('expected.json').toString()));
    let data: DataFolder;
    let server: ServerProcess | undefined;
    before(async () => {
      data = await dataFolder();
      mkdirSync(join(data.path, 'data'), { mode: 0o700 });
      writeFileSync(join(data.path, 'data', 'secret.json'), file('secret.json'), { mode: 0o600 });
      const path = join(data.path, engine === 'sqlite' ? 'data' : '', 'latchkey.sqlite');
      writeFileSync(path, gunzipSync(file('database.sqlite.gz')));
      if (engine === 'postgres') await load(path);
    });
    after(async () => {
      await server?.end('SIGKILL');
      await data.remove();
    });

    /** The steps that the release had. */
    async function stepsOf(database: Database): Promise<typeof migrations> {
      const applied = await database.read((reader) => reader.all(rowsOf('migration'), {}));
      return migrations.filter(({ name }) => applied.some((row) => row['name'] === name));
    }

    /** The same rows in tables as the release has made them on PostgreSQL. */
    async function load(path: string): Promise<void> {
      const from = await openSqlite({ file: path, reserveMegabytes: 0 });
      const to = await openDatabase(loadConfig(data.variables));
      await migrate(to, await stepsOf(from));
      for (const { name } of await from.read((reader) => reader.all(tableNames, {}))) {
        const rows = await from.read((reader) => reader.all(rowsOf(name), {}));
        const [first] = rows;
        if (first === undefined || name === 'migration') continue;
        await to.write((writer) => writer.runEach(insertOf(name, Object.keys(first)), rows));
      }
      await to.write((writer) => writer.get(raiseAccountIds, {}));
      await Promise.all([from.close(), to.close()]);
    }

    it('has the tables that its steps still make: none of them was changed since', async () => {
      const path = join(data.path, 'looked-at.sqlite');
      writeFileSync(path, gunzipSync(file('database.sqlite.gz')));
      const original = await openSqlite({ file: path, reserveMegabytes: 0 });
      const made = await emptyDatabase();
      try {
        await migrate(made.database, await stepsOf(original));
        const before = engine === 'sqlite' ? await schemaText(original) : file('postgres.txt').toString();
        assert.equal(await schemaText(made.database), before);
      } finally {
        await original.close();
        await made.dispose();
      }
    });

    it('is served with everything in it: app passwords, bytes, properties, tokens, deletions', async () => {
      server = await ServerProcess.start(data);
      const alice = { name: 'alice', authorization: expected.authorization };
      for (const [path, body] of Object.entries(expected.objects)) {
        const answer = await send(server, alice, 'GET', path);
        assert.equal(answer.status, 200, path);
        assert.equal(answer.body, body);
      }
      for (const [path, token] of Object.entries(expected.tokens)) {
        const answer = await send(server, alice, 'REPORT', path, { body: syncBody(token) });
        assert.equal(answer.status, 207, answer.body);
        const gone = path.startsWith('/dav/calendars/') ? [[expected.deleted, 404]] : [];
        assert.deepEqual(
          multistatus(answer.body).map(({ href, status }) => [href, status]),
          gone,
        );
        if (gone.length === 0) continue;
        const next = syncTokenOf(answer.body);
        const put = await send(server, alice, 'PUT', `${path}new.ics`, {
          headers: calendarType,
          body: event('new'),
        });
        assert.equal(put.status, 201);
        const after = await send(server, alice, 'REPORT', path, { body: syncBody(next) });
        assert.deepEqual(
          multistatus(after.body).map(({ href }) => href),
          [`${path}new.ics`],
        );
        const range = `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns="DAV:"><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260501T070000Z" end="20260501T080000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`;
        const found = await send(server, alice, 'REPORT', path, { headers: { Depth: '1' }, body: range });
        assert.deepEqual(
          multistatus(found.body)
            .map(({ href }) => href.slice(path.length))
            .sort(),
          // At eight o'clock floating, in Zurich: from six in UTC.
          ['all-day.ics'],
        );
        const mood = await send(server, alice, 'PROPFIND', `${path}once.ics`, { headers: { Depth: '0' } });
        assert.match(mood.body, />good</);
      }
    });

    it('has nothing wrong with it afterwards', async () => {
      let out = '';
      const terminal = { out: (text: string) => void (out += text), err: () => undefined };
      assert.equal(await runCli(['verify'], data.variables, terminal), 0, out);
      assert.match(out, /Everything is as it should be/);
    });

    it('takes new accounts, of which none has the number of another', async () => {
      let err = '';
      const terminal = { out: () => undefined, err: (text: string) => void (err += text) };
      assert.equal(await runCli(['account', 'add', 'carla'], data.variables, terminal), 0, err);
    });
  });
}

describe('A database of a later release', () => {
  it('is refused in a sentence by the server and every command, and not touched', async () => {
    const data = await dataFolder();
    try {
      let err = '';
      const terminal = { out: () => undefined, err: (text: string) => void (err += text) };
      assert.equal(await runCli(['account', 'add', 'alice'], data.variables, terminal), 0);
      const database = await openDatabase(loadConfig(data.variables));
      await database.write((writer) =>
        writer.run(
          statement()((db) => db.insertInto('migration').values({ name: '9999-later', applied_at: 0 })),
          {},
        ),
      );
      await database.close();
      const later = [['account', 'list'], ['verify'], ['backup', join(data.path, 'backup')], ['migrate']];
      for (const args of later) {
        err = '';
        assert.equal(await runCli(args, data.variables, terminal), exitCodes.config, args.join(' '));
        assert.match(
          err,
          /^The database was made by a newer version of Latchkey \(it has 9999-later\)\..*\.\n$/,
        );
      }
      await assert.rejects(ServerProcess.start(data), /ended at its start/);
    } finally {
      await data.remove();
    }
  });
});
