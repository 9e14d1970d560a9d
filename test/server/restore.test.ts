/** What `latchkey restore` meets beside the backup: a server that has hardly begun, rights of files, what was there before. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../server/cli/program.js';
import { engine } from '../engine.js';
import { dataFolder } from './process.js';
import type { DataFolder, Variables } from './process.js';

async function latchkey(
  variables: Variables,
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await runCli(args, variables, {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
  });
  return { code, ...said };
}

async function succeed(variables: Variables, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await latchkey(variables, ...args);
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
    const { code, err } = await latchkey(withKey(), 'restore', file);
    assert.equal(code, 0, err);
    for (const [, percent] of err.matchAll(/(\d+) %/g)) assert.ok(Number(percent) <= 100, err);
    assert.match(await succeed(withKey(), 'account', 'list'), /alice/);
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
    const { code, err } = await latchkey(withKey(), 'restore', file);
    assert.equal(code, 65, err);
    assert.match(err, /latchkey\.sqlite-wal, the log of a database that was here/);
    assert.deepEqual(await readdir(join(other.path, 'data')), ['latchkey.sqlite-wal']);
    await rm(`${database}-wal`);
    await succeed(withKey(), 'restore', file);
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
      const { code, err } = await latchkey(data.variables, 'backup', file);
      if (code === 0) {
        const restored = await latchkey(other.variables, 'restore', file);
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
