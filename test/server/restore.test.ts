/** What `latchkey restore` meets beside the backup: a server that has hardly begun, rights of files, what was there before. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../server/config.js';
import { openDatabase } from '../../server/core.js';
import { sealKey } from '../../server/cli/sealed-key.js';
import { readMeta, writeMeta } from '../../storage/meta.js';
import { openSqlite } from '../../storage/sqlite/index.js';
import { statement } from '../../storage/statement.js';
import { engine } from '../engine.js';
import { runCommand } from './command.js';
import { dataFolder } from './process.js';
import type { DataFolder, Variables } from './process.js';

async function succeed(variables: Variables, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await runCommand(variables, ...args);
  assert.equal(code, 0, err);
  return out;
}

describe('latchkey restore', function () {
  this.timeout(60_000);
  let data: DataFolder;
  let other: DataFolder;
  let file: string;
  let database: string;
  beforeEach(async () => {
    data = await dataFolder();
    other = await dataFolder();
    file = join(data.path, 'backup.sqlite');
    await writeFile(join(data.path, 'password'), 'correct horse battery staple');
    await succeed(data.variables, 'account', 'add', 'alice', '--password-file', join(data.path, 'password'));
    await succeed(data.variables, 'backup', file);
    database = join(other.path, 'data', 'latchkey.sqlite');
  });
  afterEach(async () => {
    await data.remove();
    await other.remove();
  });

  /** The same key for both. */
  const withKey = (): Variables => ({
    ...other.variables,
    LATCHKEY_SECRET_FILE: join(data.path, 'data', 'secret.json'),
  });

  it('restores a server on which hardly anything is, and never tells more than 100 %', async () => {
    const { code, err } = await runCommand(withKey(), 'restore', file);
    assert.equal(code, 0, err);
    for (const [, percent] of err.matchAll(/(\d+) %/g)) assert.ok(Number(percent) <= 100, err);
    assert.match(await succeed(withKey(), 'account', 'list'), /alice/);
  });

  it('puts no key in its place that is damaged, or not the one of the database', async () => {
    const words = join(data.path, 'password');
    const passphrase = await readFile(words, 'utf8');
    for (const [key, said] of [
      [await sealKey(Buffer.from('no key of this database'), passphrase), /is not the one of its database/],
      ['AAAA', /The server key in the backup is damaged/],
    ] as const) {
      const backup = await openSqlite({ file, reserveMegabytes: 0 });
      const note = (await backup.read((reader) => readMeta(reader, 'backup'))) ?? assert.fail('a backup');
      const changed = { ...(JSON.parse(note) as object), key };
      await backup.write((writer) => writeMeta(writer, 'backup', JSON.stringify(changed)));
      await backup.close();
      const { code, err } = await runCommand(other.variables, 'restore', file, '--passphrase-file', words);
      assert.equal(code, 65, err);
      assert.match(err, said);
      assert.deepEqual(await readdir(join(other.path, 'data')), []);
    }
  });

  it('keeps the database to its owner, whoever may read the backup', async function () {
    if (engine !== 'sqlite') this.skip();
    await chmod(file, 0o644);
    await succeed(withKey(), 'restore', file);
    assert.equal((await stat(database)).mode & 0o777, 0o600);
  });

  it('makes the folder of the database', async function () {
    if (engine !== 'sqlite') this.skip();
    const deep = join(other.path, 'somewhere', 'else', 'latchkey.sqlite');
    await succeed({ ...withKey(), DATABASE_URL: `sqlite:${deep}` }, 'restore', file);
    assert.equal((await stat(deep)).mode & 0o777, 0o600);
  });

  it('does not put the database beside the log of another, and leaves that log alone', async function () {
    if (engine !== 'sqlite') this.skip();
    await mkdir(join(other.path, 'data'));
    await writeFile(`${database}-wal`, 'what a killed server had not carried over yet');
    const { code, err } = await runCommand(withKey(), 'restore', file);
    assert.equal(code, 65, err);
    assert.match(err, /latchkey\.sqlite-wal, the log of a database that was here/);
    assert.deepEqual(await readdir(join(other.path, 'data')), ['latchkey.sqlite-wal']);
    await rm(`${database}-wal`);
    await succeed(withKey(), 'restore', file);
  });
});

describe('latchkey backup, verify and migrate --restored', function () {
  this.timeout(60_000);
  let data: DataFolder;
  beforeEach(async () => {
    data = await dataFolder();
    await writeFile(join(data.path, 'words'), 'correct horse battery staple');
    await succeed(data.variables, 'account', 'add', 'alice', '--password-file', join(data.path, 'words'));
  });
  afterEach(() => data.remove());

  async function refused(words: RegExp, variables: Variables, ...args: readonly string[]): Promise<void> {
    const { code, err } = await runCommand(variables, ...args);
    assert.equal(code, 65, err);
    assert.match(err, words);
  }

  it('puts no other key inside than that of the database', async () => {
    const words = ['--with-key', '--passphrase-file', join(data.path, 'words')];
    const file = join(data.path, 'backup.sqlite');
    const other = await dataFolder();
    await succeed(other.variables, 'invite');
    const variables = {
      ...data.variables,
      LATCHKEY_SECRET_FILE: join(other.path, 'data', 'secret.json'),
    };
    await refused(/does not hold the server key/, variables, 'backup', file, ...words);
    await other.remove();
    const without = await runCommand(variables, 'backup', file, ...words);
    assert.equal(without.code, 78, without.err);
    assert.deepEqual(
      (await readdir(data.path)).filter((name) => name.startsWith('backup')),
      [],
    );
  });

  it('says that there is no folder to write into', () =>
    refused(/There is no folder .*nowhere\.$/m, data.variables, 'backup', join(data.path, 'nowhere', 'b')));

  it('makes no database where there is none, and finds nothing right with it', async function () {
    if (engine !== 'sqlite') this.skip();
    const folder = join(data.path, 'empty');
    await mkdir(folder);
    const variables = { ...data.variables, DATABASE_URL: `sqlite:${join(folder, 'mistyped.sqlite')}` };
    await refused(/There is no database .*mistyped/, variables, 'verify');
    await refused(/There is no database .*mistyped/, variables, 'backup', join(folder, 'backup.sqlite'));
    assert.deepEqual(await readdir(folder), []);
  });

  it('voids links in a database that was copied by other means, too', async () => {
    await succeed(data.variables, 'invite');
    const open = async (): Promise<number> => {
      const database = await openDatabase(loadConfig(data.variables));
      const unused = statement()((db) =>
        db.selectFrom('link').select('used_at').where('used_at', 'is', null),
      );
      const links = await database.read((reader) => reader.all(unused, {}));
      await database.close();
      return links.length;
    };
    assert.equal(await open(), 1);
    await succeed(data.variables, 'migrate');
    assert.equal(await open(), 1);
    await succeed(data.variables, 'migrate', '--restored');
    assert.equal(await open(), 0);
  });

  it('exports calendars whose names have more bytes than a file name may have', async () => {
    const name = '\u{1f680}'.repeat(100);
    const card = ['BEGIN:VCARD', 'VERSION:3.0', 'UID:a', 'FN:Ann', 'N:;Ann;;;', 'END:VCARD', ''].join('\r\n');
    await writeFile(join(data.path, 'a.vcf'), card);
    for (const into of [name, `${name} too`])
      await succeed(data.variables, 'import', 'alice', join(data.path, 'a.vcf'), '--into', into);
    const folder = join(data.path, 'exported');
    await succeed(data.variables, 'export', 'alice', folder);
    await succeed(data.variables, 'account', 'add', 'bob', '--password-file', join(data.path, 'words'));
    const told = await succeed(data.variables, 'import', 'bob', folder, '--json');
    const { collections } = JSON.parse(told) as { collections: { displayName: string; new: number }[] };
    const friends = collections.filter(({ displayName }) => displayName.startsWith(name));
    assert.deepEqual(
      friends.map((each) => each.new),
      [1, 1],
    );
  });
});

describe('latchkey backup onto a disk that is nearly full', function () {
  this.timeout(120_000);
  const MEGABYTE = 1024 * 1024;
  let data: DataFolder;
  let other: DataFolder;
  let disk = '';
  let isMounted = false;
  before(async function () {
    data = await dataFolder();
    disk = await mkdtemp(join(tmpdir(), 'latchkey-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', disk], { stdio: 'pipe' });
      isMounted = true;
    } catch (error) {
      console.log(`    not tried: no file system can be mounted here (${String(error).split('\n')[0]})`);
      this.skip();
    }
    await writeFile(join(data.path, 'password'), 'correct horse battery staple');
    await succeed(data.variables, 'account', 'add', 'alice', '--password-file', join(data.path, 'password'));
    // Less than what SQLite carries over by itself (4 MB): it does so when the file is closed.
    const note = `NOTE:${'x'.repeat(800_000)}`;
    for (let number = 0; number < 4; number += 1)
      await writeFile(
        join(data.path, `${number}.vcf`),
        ['BEGIN:VCARD', 'VERSION:3.0', `UID:${number}`, 'FN:Ann', 'N:;Ann;;;', note, 'END:VCARD', ''].join(
          '\r\n',
        ),
      );
    await succeed(data.variables, 'import', 'alice', data.path, '--into', 'Friends');
  });
  after(async () => {
    if (isMounted) execFileSync('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
    await data.remove();
  });
  beforeEach(async () => void (other = await dataFolder()));
  afterEach(() => other.remove());

  it('says that it is full, or has written a backup that can be restored', async () => {
    const file = join(disk, 'backup.sqlite');
    let failed = 0;
    for (let room = 11; room <= 18; room += 1) {
      const { bavail, bsize } = await statfs(disk);
      await writeFile(join(disk, 'others'), Buffer.alloc(bavail * bsize - room * MEGABYTE));
      const { code, err } = await runCommand(data.variables, 'backup', file);
      if (code === 0) {
        const restored = await runCommand(other.variables, 'restore', file);
        assert.equal(restored.code, 0, `${room} MB of room: ${restored.err}`);
        await other.remove();
        other = await dataFolder();
        await rm(file);
      } else {
        failed += 1;
        assert.match(err, /full|carried over/);
      }
      await rm(join(disk, 'others'));
      assert.deepEqual(await readdir(disk), [], `${room} MB of room`);
    }
    assert.ok(failed > 0 && failed < 8, `${failed} of them failed`);
  });
});
