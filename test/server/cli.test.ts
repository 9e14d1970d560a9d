import assert from 'node:assert/strict';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../server/config.js';
import { openDatabase } from '../../server/core.js';
import { ensureMeta } from '../../storage/index.js';
import { event } from '../dav/requests.js';
import { engine } from '../engine.js';
import { runCommand } from './command.js';
import { dataFolder, latchkey as spawnLatchkey, startServer } from './process.js';
import type { Ended, Variables } from './process.js';

type Json = Record<string, unknown>;

/** The command in this process; `spawnLatchkey` is as slow as a start of Node. */
async function latchkey(args: readonly string[], variables: Variables): Promise<Ended> {
  const { code, out, err } = await runCommand(variables, ...args);
  return { code, stdout: out, stderr: err };
}

async function epochOf(variables: Variables): Promise<string> {
  const database = await openDatabase(loadConfig(variables));
  try {
    return (await ensureMeta(database)).epoch;
  } finally {
    await database.close();
  }
}

describe('The latchkey command', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof dataFolder>>;
  let variables: Variables;

  beforeEach(async () => {
    folder = await dataFolder();
    ({ variables } = folder);
  });
  afterEach(() => folder.remove());

  async function json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await latchkey([...args, '--json'], variables);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.split('\n').length, 2, 'one line');
    return JSON.parse(stdout);
  }

  async function refused(code: number, sentence: RegExp, ...args: string[]): Promise<void> {
    const ended = await latchkey(args, variables);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, sentence);
    assert.equal(ended.stderr.trim().split('\n').length, 1, 'one sentence');
    assert.equal(ended.stdout, '');
  }

  it('makes an account and an app password, with exactly the members that scripts read', async () => {
    const account = (await json(
      'account',
      'add',
      'alice',
      '--email',
      'alice@example.org',
      '--admin',
    )) as Json;
    assert.deepEqual(Object.keys(account), ['id', 'name']);
    assert.equal(account['name'], 'alice');
    const options = ['--label', 'lab', '--services', 'calendars,contacts', '--access', 'write'];
    const made = (await json('app-password', 'add', 'alice', ...options, '--expires', '2999-12-31')) as Json;
    assert.deepEqual(Object.keys(made), ['id', 'secret']);
    assert.match(String(made['secret']), /^([a-z0-9]{5}-){4}[a-z0-9]{5}$/);

    const [listed] = (await json('app-password', 'list', 'alice')) as [Json];
    assert.equal(listed['id'], made['id']);
    assert.deepEqual(listed['services'], ['calendars', 'contacts']);
    assert.equal(listed['expiresAt'], '2999-12-31T23:59:59.999Z');
    assert.ok(!JSON.stringify(listed).includes(String(made['secret'])));
    const [alice] = (await json('account', 'list')) as [Json];
    assert.equal(alice['admin'], true);
    assert.equal(alice['email'], 'alice@example.org');

    const change = ['app-password', 'change', 'alice', String(made['id'])];
    const chosen = ['--access', 'read', '--addresses', '192.0.2.0/24,2001:db8::1', '--expires', 'never'];
    assert.deepEqual(await json(...change, ...chosen), { id: made['id'] });
    const [changed] = (await json('app-password', 'list', 'alice')) as [Json];
    assert.deepEqual(
      [changed['label'], changed['services'], changed['access'], changed['addresses'], changed['expiresAt']],
      ['lab', ['calendars', 'contacts'], 'read', ['192.0.2.0/24', '2001:db8::1'], null],
    );
    await json(...change, '--addresses', '');
    assert.deepEqual(((await json('app-password', 'list', 'alice')) as [Json])[0]['addresses'], []);

    assert.deepEqual(await json('app-password', 'revoke', 'alice', String(made['id'])), { id: made['id'] });
    assert.deepEqual(await json('app-password', 'revoke', 'alice', '--all'), { revoked: 0 });
    assert.equal(typeof ((await json('app-password', 'list', 'alice')) as [Json])[0]['revokedAt'], 'string');
  });

  it('changes accounts by name or mail address', async () => {
    const { id } = (await json('account', 'add', 'bob', '--email', 'bob@example.org')) as Json;
    for (const verb of ['disable', 'enable', 'reset-factors']) {
      assert.deepEqual(await json('account', verb, 'bob@example.org'), { id, name: 'bob' });
    }
    assert.deepEqual(await json('account', 'delete', 'bob@example.org', '--yes'), { id, name: 'bob' });
    assert.deepEqual(await json('account', 'list'), []);
    await refused(65, /taken/, 'account', 'add', 'bob');
  });

  it('sets how much an account may store', async () => {
    const { id } = (await json('account', 'add', 'quentin')) as Json;
    const shared = { id, name: 'quentin', used: 0 };
    assert.deepEqual(await json('account', 'quota', 'quentin'), { ...shared, quota: null, own: false });
    const set = { ...shared, quota: 500 * 1024 * 1024, own: true };
    assert.deepEqual(await json('account', 'quota', 'quentin', '500M'), set);
    assert.deepEqual(await json('account', 'quota', 'quentin'), set);
    assert.deepEqual(await json('account', 'quota', 'quentin', 'default'), {
      ...shared,
      quota: null,
      own: false,
    });
    await refused(64, /expected a size/, 'account', 'quota', 'quentin', 'much');
    await refused(65, /no account/, 'account', 'quota', 'nobody');
  });

  it('renames accounts, and gives an earlier name free after telling what still uses it', async () => {
    await json('account', 'add', 'rose');
    await json('app-password', 'add', 'rose', '--label', 'Phone');
    await json('account', 'add', 'other');
    const renamed = (await json('account', 'rename', 'rose', 'Rosa')) as Json;
    assert.deepEqual([renamed['name'], renamed['earlier']], ['Rosa', 'rose']);
    await refused(65, /taken/, 'account', 'rename', 'other', 'rose');
    await refused(65, /already/, 'account', 'rename', 'rose', 'Rosa');
    await refused(65, /never called/, 'account', 'release-name', 'rosa', 'nobody');
    const told = await latchkey(['account', 'release-name', 'rosa', 'ROSE'], variables);
    assert.equal(told.code, 1);
    assert.match(told.stdout, /Phone .*never[^]*Nothing was changed/);
    const { released } = (await json('account', 'release-name', 'rosa', 'rose', '--yes')) as Json;
    assert.equal(released, true);
    await json('account', 'rename', 'other', 'rose');
  });

  it('takes passwords from a file or standard input, never from arguments', async () => {
    const file = join(folder.path, 'password');
    await writeFile(file, 'a long enough pass phrase\n');
    await json('account', 'add', 'carol', '--password-file', file);
    const set = await spawnLatchkey(
      ['account', 'set-password', 'carol'],
      variables,
      'another long pass phrase\n',
    );
    assert.equal(set.code, 0, set.stderr);
    await refused(65, /characters/, 'account', 'add', 'dave', '--password-file', '/dev/null');
    await refused(65, /cannot be read \(ENOENT\)/, 'account', 'add', 'dave', '--password-file', '/nowhere');
    await refused(64, /unknown option/i, 'account', 'add', 'dave', '--password', 'secret');
  });

  it('says what is wrong in one sentence, with the exit codes of the documentation', async () => {
    await json('account', 'add', 'alice');
    await refused(65, /taken/, 'account', 'add', 'Alice');
    await refused(65, /no account "nobody"/, 'account', 'disable', 'nobody');
    await refused(64, /Say --yes/, 'account', 'delete', 'nobody');
    await refused(65, /no account "nobody"/, 'account', 'delete', 'nobody', '--yes');
    await refused(65, /./, 'app-password', 'revoke', 'alice', 'nothing');
    await refused(64, /Unknown command/, 'account', 'destroy', 'alice');
    await refused(64, /--label/, 'app-password', 'add', 'alice');
    await refused(
      64,
      /calendars,contacts/,
      'app-password',
      'add',
      'alice',
      '--label',
      'x',
      '--services',
      'mail',
    );
    await refused(64, /2027-01-31/, 'app-password', 'add', 'alice', '--label', 'x', '--expires', 'tomorrow');
    await refused(64, /by its id/, 'app-password', 'revoke', 'alice');
    variables = { ...variables, LATCHKEY_PORT: 'eighty' };
    await refused(78, /^LATCHKEY_PORT is "eighty"/, 'config');
    await refused(78, /^LATCHKEY_PORT is "eighty"/, 'account', 'list');
  });

  it('migrates, and says that there is nothing left to do', async () => {
    const { applied } = (await json('migrate')) as { applied: string[] };
    assert.ok(applied.length > 0);
    assert.deepEqual(await json('migrate'), { applied: [], restored: false });
  });

  it('begins a new epoch for a database that was restored, and only then', async () => {
    await json('migrate');
    const first = await epochOf(variables);
    await json('migrate');
    assert.equal(await epochOf(variables), first);
    assert.deepEqual(await json('migrate', '--restored'), { applied: [], restored: true });
    assert.notEqual(await epochOf(variables), first);
  });

  it('makes invites', async () => {
    const { url, expiresAt } = (await json('invite', '--email', 'erin@example.org')) as Json;
    assert.match(String(url), /^http:\/\/localhost:8800\/invite\/[\w-]+$/);
    assert.ok(Date.parse(String(expiresAt)) > Date.now());
  });

  it('shows every setting with its value', async () => {
    variables = { ...variables, LATCHKEY_REGISTRATION: 'invite' };
    const settings = (await json('config')) as Json[];
    const value = (name: string): unknown => settings.find((entry) => entry['name'] === name)?.['value'];
    assert.equal(value('LATCHKEY_REGISTRATION'), 'invite');
    assert.equal(value('LATCHKEY_DATA_DIR'), join(folder.path, 'data'));
    assert.equal(value('LATCHKEY_BASE_URL'), 'http://localhost:8800');
  });

  it('keeps the data folder and the key to their owner', async () => {
    await json('account', 'list');
    const mode = async (...parts: string[]): Promise<number> =>
      (await stat(join(folder.path, 'data', ...parts))).mode & 0o777;
    assert.equal(await mode(), 0o700);
    assert.equal(await mode('secret.json'), 0o600);
    if (engine === 'sqlite') assert.equal(await mode('latchkey.sqlite'), 0o600);
  });

  it('refuses another key than the database was made with', async () => {
    await json('account', 'list');
    const other = await dataFolder();
    variables = { ...variables, LATCHKEY_SECRET_FILE: join(other.path, 'secret.json') };
    await refused(78, /key/, 'account', 'list');
    await other.remove();
  });

  it('rotates the server key without losing a device, and throws earlier ones away when nobody needs them', async () => {
    const file = join(folder.path, 'password');
    await writeFile(file, 'plum tree in the yard');
    await json('account', 'add', 'alice', '--password-file', file);
    const { secret } = (await json('app-password', 'add', 'alice', '--label', 'Phone')) as Json;
    const authorization = `Basic ${Buffer.from(`alice:${String(secret)}`).toString('base64')}`;
    /** What a device gets from a server that is started for it and ended again, with what it knows of the use written. */
    const sync = async (): Promise<number> => {
      const server = await startServer(variables);
      const headers = { Authorization: authorization, Depth: '0' };
      const { status } = await fetch(`${server.baseUrl}/dav/`, { method: 'PROPFIND', headers });
      server.kill('SIGTERM');
      assert.equal((await server.ended).code, 0);
      return status;
    };
    assert.deepEqual(await json('rotate-secret', '--retire'), { retired: [], used: [] });
    const { current } = (await json('rotate-secret')) as Json;
    const needed = await latchkey(['rotate-secret', '--retire'], variables);
    assert.equal(needed.code, 1);
    assert.match(needed.stdout, /alice +login password/);
    assert.match(needed.stdout, /alice +app password +Phone/);
    assert.match(needed.stdout, /Nothing was thrown away/);
    assert.equal(await sync(), 207);
    const left = await latchkey(['rotate-secret', '--retire', '--json'], variables);
    assert.equal(left.code, 1);
    assert.deepEqual(JSON.parse(left.stdout), {
      retired: [],
      used: [{ account: 'alice', use: 'login-password', label: null }],
    });
    const { retired } = (await json('rotate-secret', '--retire', '--yes')) as { retired: string[] };
    assert.equal(retired.length, 1);
    assert.notEqual(retired[0], current);
    assert.equal(await sync(), 207);
    assert.deepEqual(await json('rotate-secret', '--retire', '--yes'), {
      retired: [],
      used: [{ account: 'alice', use: 'login-password', label: null }],
    });
  });

  it('rotates the server key after a rotation that was ended in the middle', async () => {
    await json('migrate');
    await json('invite');
    await writeFile(join(folder.path, 'data', 'secret.json.new'), 'half a key');
    const { current } = (await json('rotate-secret')) as { current: string };
    assert.match(current, /^[a-z0-9]+$/);
    assert.deepEqual(
      (await readdir(join(folder.path, 'data'))).filter((name) => name.endsWith('.new')),
      [],
    );
  });

  it('says in one sentence what is wrong with a file or folder', async () => {
    const password = join(folder.path, 'password');
    await writeFile(password, 'correct horse battery staple');
    await json('account', 'add', 'alice', '--password-file', password);
    const nowhere = join(folder.path, 'nowhere', 'export');
    const exported = join(folder.path, 'export');
    await json('export', 'alice', exported);
    await rm(join(exported, 'contacts'), { recursive: true });
    await writeFile(join(exported, 'contacts'), 'a file where a folder should be');
    for (const [words, ...args] of [
      [/nowhere.*: there is no such file or folder \(ENOENT\)\.$/, 'export', 'alice', nowhere],
      [/contacts: it is no folder \(ENOTDIR\)\.$/, 'import', 'alice', exported],
    ] as const) {
      const { code, stderr } = await latchkey(args, variables);
      assert.equal(code, 1, stderr);
      assert.match(stderr.trim(), words);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
  });

  it('exports an account into a folder: every object as it was sent, all of each collection, and what else is known', async () => {
    await json('account', 'add', 'alice');
    const { secret } = (await json('app-password', 'add', 'alice', '--label', 'lab')) as Json;
    const server = await startServer(variables);
    const headers = {
      Authorization: `Basic ${Buffer.from(`alice:${String(secret)}`).toString('base64')}`,
      'Content-Type': 'text/calendar; charset=utf-8',
    };
    const home = `${server.baseUrl}/dav/calendars/alice/`;
    assert.equal((await fetch(`${home}work/`, { method: 'MKCALENDAR', headers })).status, 201);
    for (const uid of ['a', 'b']) {
      const { status } = await fetch(`${home}work/${uid}.ics`, { method: 'PUT', headers, body: event(uid) });
      assert.equal(status, 201);
    }
    server.kill('SIGTERM');
    await server.ended;
    const target = join(folder.path, 'taken');
    const { files } = (await json('account', 'export', 'alice', target)) as { files: number };
    const names = (await readdir(target, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    assert.equal(names.length, files);
    const text = (name: string): Promise<string> => readFile(join(target, name), 'utf8');
    assert.equal(await text('calendars/work/a.ics'), event('a'));
    const all = await text('calendars/work.ics');
    for (const uid of ['a', 'b']) assert.ok(all.includes(`UID:${uid}`));
    const { collections } = JSON.parse(await text('account.json')) as {
      collections: { address: string; objects: number }[];
    };
    assert.equal(collections.find(({ address }) => address === 'work')?.objects, 2);
    assert.match(await text('READ ME.txt'), /account alice/);
    assert.equal((await stat(target)).mode & 0o777, 0o700);
    await refused(65, /already/, 'account', 'export', 'alice', target);
    await refused(65, /no account/, 'account', 'export', 'nobody', join(folder.path, 'other'));
    assert.ok(!(await readdir(folder.path)).some((name) => name.includes('unfinished')));
  });

  it('works while the server runs, which heeds it from the next request on', async () => {
    const server = await startServer(variables);
    await json('account', 'add', 'alice');
    const { id, secret } = (await json('app-password', 'add', 'alice', '--label', 'lab')) as Json;
    const authorization = `Basic ${Buffer.from(`alice:${String(secret)}`).toString('base64')}`;
    const propfind = async (): Promise<number> => {
      const headers = { Authorization: authorization, Depth: '0' };
      return (await fetch(`${server.baseUrl}/dav/`, { method: 'PROPFIND', headers })).status;
    };
    assert.equal(await propfind(), 207);
    await json('app-password', 'revoke', 'alice', String(id));
    assert.equal(await propfind(), 401);
    server.kill('SIGTERM');
    const { code, stderr } = await server.ended;
    assert.equal(code, 0);
    assert.ok(!stderr.includes(String(secret)) && !stderr.includes(authorization));
  });
});
