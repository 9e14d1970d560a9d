import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyringError, openKeyring, rotateKeyFile } from '../../auth/index.js';
import { keyringOf } from '../../auth/keyring.js';
import { temporaryDatabase, type TemporaryDatabase } from '../storage/temporary-database.js';

describe('The server key', () => {
  let temporary: TemporaryDatabase;
  let folder: string;
  let file: string;
  beforeEach(async () => {
    temporary = await temporaryDatabase();
    folder = await mkdtemp(join(tmpdir(), 'latchkey-key-'));
    file = join(folder, 'deep', 'secret.json');
  });
  afterEach(async () => {
    await temporary.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const open = (onWarning?: (sentence: string) => void) =>
    openKeyring({ file, database: temporary.database, ...(onWarning === undefined ? {} : { onWarning }) });

  it('is made at the first start, readable by its owner only, and the same afterwards', async () => {
    const first = await open();
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const second = await open();
    assert.equal(first.currentId, second.currentId);
    assert.deepEqual(first.hmac('x', 'data'), second.hmac('x', 'data'));
  });

  it('is made once when several processes start at the same moment', async () => {
    const rings = await Promise.all([open(), open(), open(), open()]);
    assert.equal(new Set(rings.map(({ currentId }) => currentId)).size, 1);
  });

  it('is not made anew for a database that knows another: a sentence instead, and no file', async () => {
    await open();
    await rm(file);
    await assert.rejects(
      open(),
      (error) => error instanceof KeyringError && error.message.includes('put the file back'),
    );
    await assert.rejects(stat(file), /ENOENT/);
  });

  it('of another database is refused', async () => {
    await open();
    const other = await temporaryDatabase();
    const foreign = join(folder, 'foreign.json');
    await openKeyring({ file: foreign, database: other.database });
    await other.dispose();
    await writeFile(file, await readFile(foreign));
    await assert.rejects(
      open(),
      (error) => error instanceof KeyringError && error.message.includes('does not hold the server key'),
    );
  });

  it('is refused when damaged, without a word of its content', async () => {
    await open();
    const text = await readFile(file, 'utf8');
    for (const damaged of [
      '',
      '{}',
      text.slice(0, -20),
      text.replace(/"secret": "./, '"secret": "*'),
      'x'.repeat(100_000),
    ]) {
      await writeFile(file, damaged);
      await assert.rejects(
        open(),
        (error) => error instanceof KeyringError && !error.message.includes('secret":'),
      );
    }
  });

  it('warns when others can read it', async () => {
    await open();
    await chmod(file, 0o644);
    const warnings: string[] = [];
    await open((sentence) => warnings.push(sentence));
    assert.match(warnings.join(), /chmod 600/);
  });

  it('is rotated: the new one is current, the earlier one stays, and the file private', async () => {
    const before = await open();
    const sealed = before.encrypt('totp', Buffer.from('secret'), 'account 1');
    await rotateKeyFile(file);
    const after = await open();
    assert.notEqual(after.currentId, before.currentId);
    assert.deepEqual(after.ids, [after.currentId, before.currentId]);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(after.decrypt('totp', sealed.keyId, sealed.sealed, 'account 1')?.toString(), 'secret');
    assert.deepEqual(after.hmac('x', 'y', before.currentId), before.hmac('x', 'y'));
    // The database now knows the new one, and still takes a file that holds it.
    assert.equal((await open()).currentId, after.currentId);
  });

  it('is another for each purpose; what is encrypted belongs to its context and cannot be changed', () => {
    const ring = keyringOf([{ id: 'a', secret: Buffer.alloc(32, 1) }]);
    assert.notDeepEqual(ring.hmac('one', 'data'), ring.hmac('two', 'data'));
    const { keyId, sealed } = ring.encrypt('one', Buffer.from('text'), 'account 1');
    assert.equal(ring.decrypt('one', keyId, sealed, 'account 1')?.toString(), 'text');
    assert.equal(ring.decrypt('one', keyId, sealed, 'account 2'), undefined);
    assert.equal(ring.decrypt('two', keyId, sealed, 'account 1'), undefined);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.equal(ring.decrypt('one', keyId, changed, 'account 1'), undefined);
    }
    assert.equal(ring.decrypt('one', keyId, sealed.subarray(0, 10), 'account 1'), undefined);
    assert.throws(() => ring.hmac('one', 'data', 'gone'), KeyringError);
    assert.notDeepEqual(ring.encrypt('one', Buffer.from('text'), 'account 1').sealed, sealed);
  });
});
