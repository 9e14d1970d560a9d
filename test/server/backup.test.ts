import assert from 'node:assert/strict';
import { copyFile, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sql } from 'kysely';
import { loadConfig } from '../../server/config.js';
import { openDatabase } from '../../server/core.js';
import { createCollection, putObject } from '../../storage/index.js';
import { openSqlite } from '../../storage/sqlite/index.js';
import { statement } from '../../storage/statement.js';
import { dav } from '../../dav/xml/names.js';
import { multistatus, syncTokenOf } from '../dav/answers.js';
import { assertRefused } from '../dav/dav-suite.js';
import type { Device } from '../dav/dav-server.js';
import { calendarType, card, event, send, syncBody } from '../dav/requests.js';
import { engine } from '../engine.js';
import { contentOf } from '../storage/temporary-database.js';
import { until } from '../until.js';
import { runCommand } from './command.js';
import { beginLatchkey, dataFolder } from './process.js';
import type { DataFolder, Variables } from './process.js';
import { ServerProcess } from './server-process.js';

const passphrase = 'seven swans a-swimming';

describe('latchkey backup and restore', function () {
  this.timeout(180_000);
  let data: DataFolder;
  let other: DataFolder;
  let source: ServerProcess | undefined;
  /** The one that requests go to: the source, or what was restored from it. */
  let server: ServerProcess;
  let device: Device;
  let calendar: string;
  let file: string;
  let count = 0;
  before(async () => {
    data = await dataFolder();
    await writeFile(join(data.path, 'passphrase'), `${passphrase}\n`);
    source = await ServerProcess.start(data);
    device = { name: 'alice', authorization: await source.addDevice('alice') };
  });
  beforeEach(async () => {
    count += 1;
    other = await dataFolder();
    file = join(data.path, `backup-${count}.sqlite`);
    calendar = `/dav/calendars/alice/work-${count}/`;
    server = source ?? assert.fail('the source runs');
    assert.equal((await send(server, device, 'MKCALENDAR', calendar)).status, 201);
  });
  afterEach(async () => {
    if (server !== source) await server.end('SIGKILL');
    await other.remove();
  });
  after(async () => {
    await source?.end('SIGKILL');
    await data.remove();
  });

  async function put(name: string, body = event(name)): Promise<void> {
    const { status } = await send(server, device, 'PUT', `${calendar}${name}.ics`, {
      headers: calendarType,
      body,
    });
    assert.ok(status === 201 || status === 204, String(status));
  }
  const sync = (token: string) => send(server, device, 'REPORT', calendar, { body: syncBody(token) });
  const membersSince = async (token: string): Promise<string[]> =>
    multistatus((await sync(token)).body)
      .map(({ href }) => href.slice(calendar.length))
      .sort();
  /** A backup with the key inside. */
  const backUp = (...more: readonly string[]) =>
    runCommand(
      data.variables,
      ...['backup', file, '--with-key', '--passphrase-file', join(data.path, 'passphrase'), ...more],
    );
  const restore = (from = file, words = 'passphrase') =>
    runCommand(other.variables, 'restore', from, '--passphrase-file', join(data.path, words));
  const startRestored = async (): Promise<void> => void (server = await ServerProcess.start(other));

  it('is whole under write load, and what was acknowledged before it is in it', async () => {
    for (let index = 0; index < 20; index += 1) await put(`before-${index}`);
    const load = { ended: false, written: 0 };
    const loaded = (async () => {
      while (!load.ended) await put(`during-${(load.written += 1)}`);
    })();
    const made = await backUp('--json');
    load.ended = true;
    await loaded;
    assert.equal(made.code, 0, made.err);
    assert.match(made.err, /100 %/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(
      (await readdir(data.path)).filter((name) => name.startsWith('backup')),
      [basename(file)],
    );
    const { rows } = JSON.parse(made.out) as { rows: { object: number; object_data: number } };
    assert.ok(rows.object >= 20 && rows.object <= 20 + load.written, `${rows.object} objects`);
    assert.equal(rows.object_data, rows.object);

    const restored = await restore();
    assert.equal(restored.code, 0, restored.err);
    await startRestored();
    const members = await membersSince('');
    assert.equal(members.length, rows.object);
    for (let index = 0; index < 20; index += 1) assert.ok(members.includes(`before-${index}.ics`));
    for (const name of members)
      assert.equal((await send(server, device, 'GET', calendar + name)).status, 200, name);
  });

  it('begins a new epoch: after a restore an old token is refused, also past its revision, and the client ends equal', async () => {
    await put('a');
    assert.equal((await backUp()).code, 0);
    await put('b');
    await put('a', event('a', { summary: 'changed after the backup' }));
    const token = syncTokenOf((await sync('')).body);
    assert.equal((await restore()).code, 0);
    await startRestored();
    assertRefused(await sync(token), 403, dav('valid-sync-token'));
    // Past the revision that the token names.
    for (const name of ['c', 'd', 'e', 'f']) await put(name);
    assertRefused(await sync(token), 403, dav('valid-sync-token'));
    assert.deepEqual(await membersSince(''), ['a.ics', 'c.ics', 'd.ics', 'e.ics', 'f.ics']);
    assert.equal((await send(server, device, 'GET', `${calendar}a.ics`)).body, event('a'));
  });

  it('says what will not work without the server key, and takes it where it is', async () => {
    await put('a');
    assert.equal((await runCommand(data.variables, 'backup', file)).code, 0);
    const restored = await runCommand(other.variables, 'restore', file);
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.out, /The server key is not in the backup/);
    assert.match(
      restored.out,
      /no login password, no authenticator app, no recovery code and no app password/,
    );
    const refused = await runCommand(other.variables, 'account', 'list');
    assert.equal(refused.code, 78);
    await copyFile(join(data.path, 'data', 'secret.json'), join(other.path, 'data', 'secret.json'));
    await startRestored();
    assert.deepEqual(await membersSince(''), ['a.ics']);
  });

  it('lets nobody stay signed in, and voids links that may have been used since', async () => {
    const { url } = (await server.command('invite')) as { url: string };
    assert.equal((await backUp()).code, 0);
    assert.equal((await restore()).code, 0);
    await startRestored();
    const link = `${server.url}${new URL(url).pathname}`;
    assert.equal((await fetch(link, { headers: { Host: new URL(url).host } })).status, 404);
  });

  it('refuses what would overwrite, a wrong passphrase, and what is no backup, in one sentence', async () => {
    const refused = async (ended: Promise<{ code: number; err: string }>, words: RegExp): Promise<void> => {
      const { code, err } = await ended;
      assert.equal(code, 65, err);
      assert.match(err, words);
    };
    assert.equal((await backUp()).code, 0);
    await refused(backUp(), /There is a file/);
    await writeFile(join(data.path, 'wrong'), 'another passphrase');
    await refused(restore(file, 'wrong'), /passphrase is not the one/);
    await writeFile(join(data.path, 'short'), 'short');
    await rm(file);
    await refused(
      runCommand(data.variables, 'backup', file, '--with-key', '--passphrase-file', join(data.path, 'short')),
      /at least 12 characters/,
    );
    await refused(restore(), /There is no file/);
    await writeFile(file, 'a text that is no database, but long enough to be looked at '.repeat(100));
    await refused(restore(), /is no backup/);
    assert.equal(await exists(join(other.path, 'data', 'latchkey.sqlite')), false);
    if (engine === 'sqlite') {
      const own = join(data.path, 'data', 'latchkey.sqlite');
      await refused(runCommand(other.variables, 'restore', own), /is no backup/);
      assert.equal((await runCommand(data.variables, 'restore', file)).code, 65);
    }
    // Nothing was left behind, and the server goes on.
    await put('after');
  });

  it('is not restored when it was cut off, when a byte of it is another, or when a newer version made it', async () => {
    await put('a', event('a', { summary: 'a summary to be found' }));
    for (let index = 0; index < 30; index += 1) await put(`more-${index}`);
    assert.equal((await backUp()).code, 0);
    const whole = await readFile(file);
    const changed = Buffer.from(whole);
    // Also where it stood before a page was split.
    for (let at = 0; (at = changed.indexOf('a summary to be found')) !== -1;) changed[at] = 0x41;
    const header = Buffer.from(whole);
    header.fill(0, 0, 4096);
    for (const [what, bytes] of [
      ['half', whole.subarray(0, whole.length / 2)],
      ['without its last page', whole.subarray(0, -4096)],
      ['with another byte', changed],
      ['without its first page', header],
    ] as const) {
      await writeFile(file, bytes);
      const { code, err } = await restore();
      assert.equal(code, 65, `${what}: ${err}`);
      assert.match(err, /damaged|no backup/, what);
      assert.equal(err.trim().split('\n').at(-1)?.endsWith('.'), true);
    }
    await writeFile(file, whole);
    const backup = await openSqlite({ file, reserveMegabytes: 0 });
    await backup.write((writer) =>
      writer.run(
        statement()((db) => db.insertInto('migration').values({ name: '9999-later', applied_at: 0 })),
        {},
      ),
    );
    await backup.close();
    const { code, err } = await restore();
    assert.equal(code, 65, err);
    assert.match(err, /made by Latchkey \S+, which is newer/);
    assert.deepEqual(await readdir(join(other.path, 'data')), [], 'neither a database nor a key');
    await writeFile(file, whole);
    const restored = await restore();
    assert.equal(restored.code, 0, restored.err);
  });

  it('is nothing under its name, and no database, until it is whole: kill -9 in the middle leaves neither', async () => {
    const database = await openDatabase(loadConfig(data.variables));
    const found = await database.read((reader) =>
      reader.get(
        statement()((db) => db.selectFrom('account').select('id').where('name', '=', sql.lit('alice'))),
        {},
      ),
    );
    assert.ok(found);
    const bulk = await database.write((writer) =>
      createCollection(writer, found.id, { kind: 'addressbook', name: `bulk-${count}`, now: 0 }),
    );
    const note = `NOTE:${'x'.repeat(4_000)}`;
    for (let from = 0; from < 3_000; from += 500)
      await database.write(async (writer) => {
        for (let number = from; number < from + 500; number += 1)
          await putObject(
            writer,
            bulk,
            contentOf(`${number}.vcf`, { data: Buffer.from(card(`${number}`, 'Ann', [note])) }),
          );
      });
    await database.close();
    const words = ['--passphrase-file', join(data.path, 'passphrase')];
    /** Ends the command when it has said that, and is not done. */
    const killed = async (said: RegExp, variables: Variables, ...args: readonly string[]): Promise<void> => {
      const begun = beginLatchkey([...args, ...words], variables);
      await until(() => said.test(begun.said()), begun.said, 30_000);
      begun.kill();
      assert.equal((await begun.ended).code, null, begun.said());
    };
    const underWay = /\b[1-9]\d? %/;
    await killed(underWay, data.variables, 'backup', file, '--with-key');
    assert.equal(await exists(file), false);
    assert.equal((await backUp()).code, 0);
    assert.ok(!(await readdir(data.path)).some((name) => name.includes('unfinished')));

    if (engine === 'sqlite') {
      await killed(underWay, other.variables, 'restore', file);
      assert.equal(await exists(join(other.path, 'data', 'latchkey.sqlite')), false);
    } else {
      // What is read first is the backup, to see whether it is whole.
      await killed(/100 %[^]*\b[1-9]\d? %/, other.variables, 'restore', file);
      const started = await runCommand(other.variables, 'account', 'list');
      assert.equal(started.code, 78);
      assert.match(started.err, /did not come to its end/);
    }
    const restored = await restore();
    assert.equal(restored.code, 0, restored.err);
    assert.ok(!(await readdir(join(other.path, 'data'))).some((name) => name.includes('restoring')));
    await startRestored();
    const { body } = await send(server, device, 'PROPFIND', `/dav/addressbooks/alice/bulk-${count}/`, {
      headers: { Depth: '1' },
    });
    assert.equal(multistatus(body).length, 3_001);
  });

  it('is nothing that a server starts on as it is', async () => {
    assert.equal((await backUp()).code, 0);
    const variables = {
      LATCHKEY_DATA_DIR: join(other.path, 'data'),
      LATCHKEY_SECRET_FILE: join(data.path, 'data', 'secret.json'),
      DATABASE_URL: `sqlite:${file}`,
    };
    const { code, err } = await runCommand(variables, 'account', 'list');
    assert.equal(code, 78);
    assert.match(err, /This database is a backup\. Restore it first/);
  });

  it('holds the key sealed: neither it nor the passphrase can be read in the file', async () => {
    assert.equal((await backUp()).code, 0);
    const bytes = await readFile(file);
    const { keys } = JSON.parse(await readFile(join(data.path, 'data', 'secret.json'), 'utf8')) as {
      keys: { secret: string }[];
    };
    assert.ok(keys[0]);
    for (const secret of [keys[0].secret, passphrase]) assert.ok(!bytes.includes(secret));
  });
});

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
