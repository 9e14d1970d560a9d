import assert from 'node:assert/strict';
import { PassThrough, Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ActivityEvent } from '../../auth/index.js';
import { runCli } from '../../server/cli/program.js';
import { writeAll } from '../../server/cli/write-all.js';
import { loadConfig } from '../../server/config.js';
import { openDatabase } from '../../server/core.js';
import { eventsOf } from '../../server/console/pages/activity-kinds.js';
import { insertActivity } from '../../storage/activity.js';
import type { ActivityRow } from '../../storage/activity.js';
import { listAccounts } from '../../storage/accounts.js';
import { AccountId } from '../../storage/ids.js';
import { dataFolder, latchkey as spawnLatchkey } from './process.js';
import type { Ended } from './process.js';

interface Line {
  readonly time: string;
  readonly accountId: number;
  readonly account: string;
  readonly event: string;
  readonly by: string;
  readonly address?: string;
  readonly client?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const systemError = (code: string): Error =>
  Object.assign(new Error(`write ${code}`), { code, syscall: 'write' });

describe('latchkey audit export', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof dataFolder>>;

  async function latchkey(...args: readonly string[]): Promise<Ended> {
    let stdout = '';
    let stderr = '';
    const terminal = {
      out: (text: string) => void (stdout += text),
      err: (text: string) => void (stderr += text),
    };
    return { code: await runCli(args, folder.variables, terminal), stdout, stderr };
  }
  async function done(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await latchkey(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  }
  const linesOf = (text: string): Line[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const lines = async (...args: readonly string[]): Promise<Line[]> =>
    linesOf(await done('audit', 'export', ...args));

  before(async () => {
    folder = await dataFolder();
    await done('account', 'add', 'alice');
    await done('account', 'add', 'bob');
    await done('app-password', 'add', 'alice', '--label', 'Müller, "Büro"');
    await done('app-password', 'add', 'alice', '--label', '=1+1');
    const database = await openDatabase(loadConfig(folder.variables));
    try {
      const [alice, bob] = await database.read((reader) => listAccounts(reader, AccountId(0), 2));
      assert.ok(alice !== undefined && bob !== undefined);
      const row = (accountId: AccountId, number: number): ActivityRow => {
        const at = Date.UTC(2025, 4, 1) + number * 1_000;
        return {
          accountId,
          id: `${at.toString(36).padStart(9, '0')}000`,
          at,
          event: 'sign-in.failed',
          actor: 'account',
          address: '203.0.113.9',
          userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
          detail: '{}',
        };
      };
      // More than is read at a time, of two accounts, on 1 May 2025 from midnight on.
      await database.write(async (writer) => {
        for (let number = 0; number < 1_100; number += 1) await insertActivity(writer, row(bob.id, number));
        for (let number = 0; number < 3; number += 1) await insertActivity(writer, row(alice.id, number));
      });
    } finally {
      await database.close();
    }
  });
  after(() => folder.remove());

  it('writes everything of every account, one JSON object a line, account by account, the newest first', async () => {
    const all = await lines();
    const accounts = all.map(({ account }) => account);
    assert.equal(accounts.lastIndexOf('alice') + 1, accounts.indexOf('bob'));
    for (const name of ['alice', 'bob']) {
      const times = all.filter(({ account }) => account === name).map(({ time }) => time);
      assert.deepEqual(times, [...times].sort().reverse(), name);
    }
    assert.equal(all.filter(({ event }) => event === 'sign-in.failed').length, 1_103);
    assert.equal(new Set(all.map((line) => `${line.accountId} ${line.time} ${line.event}`)).size, all.length);
  });

  it('names the same members in the same order in each line', async () => {
    const text = await done('audit', 'export', '--account', 'alice');
    const [made] = linesOf(text).filter(({ event }) => event === 'app-password.created');
    assert.deepEqual(Object.keys(made ?? {}), ['time', 'accountId', 'account', 'event', 'by', 'detail']);
    assert.deepEqual([made?.account, made?.by, made?.detail['label']], ['alice', 'shell', '=1+1']);
    const oldest = linesOf(text).at(-1);
    assert.deepEqual(oldest, {
      time: '2025-05-01T00:00:00.000Z',
      accountId: made?.accountId,
      account: 'alice',
      event: 'sign-in.failed',
      by: 'account',
      address: '203.0.113.9',
      client: 'Firefox on Linux',
      detail: {},
    });
  });

  it('writes CSV with the columns of the console’s file, and whose it is', async () => {
    const csv = await done(
      'audit',
      'export',
      '--format',
      'csv',
      '--account',
      'ALICE',
      '--kind',
      'app-password',
    );
    const [head, ...rows] = csv.trimEnd().split('\r\n');
    assert.equal(head, '\ufefftime,accountId,account,event,what,name,by,address,client');
    assert.equal(rows.length, 2);
    assert.match(
      rows[0] ?? '',
      /^"[^"]+Z","\d+","alice","app-password\.created","[^"]+","'=1\+1","shell","",""$/,
    );
    assert.match(rows[1] ?? '', /"Müller, ""Büro"""/);
    assert.equal(
      (await done('audit', 'export', '--format', 'csv', '--until', '2001-01-01')).split('\r\n').length,
      2,
    );
  });

  it('takes a span of time: days in UTC with both ends, or instants with their zone', async () => {
    assert.equal((await lines('--since', '2025-05-01', '--until', '2025-05-01')).length, 1_103);
    assert.deepEqual(await lines('--until', '2025-04-30'), []);
    assert.equal(
      (await lines('--since', '2025-05-02')).filter(({ event }) => event === 'sign-in.failed').length,
      0,
    );
    const some = await lines('--since', '2025-05-01T02:00:01+02:00', '--until', '2025-05-01T00:00:02Z');
    assert.deepEqual(
      some.map(({ account, time }) => [account, time.slice(17, 19)]),
      [
        ['alice', '02'],
        ['alice', '01'],
        ['bob', '02'],
        ['bob', '01'],
      ],
    );
    assert.deepEqual(await lines('--since', '2025-05-03', '--until', '2025-05-02'), []);
  });

  it('takes kinds, those of the console', async () => {
    const some = await lines('--kind', 'app-password,account');
    const events = new Set([...(eventsOf('app-password') ?? []), ...(eventsOf('account') ?? [])]);
    assert.ok(some.length >= 4 && some.every(({ event }) => events.has(event as ActivityEvent)));
    assert.ok(some.some(({ event }) => event === 'account.created'));
  });

  it('says in one sentence what it does not take', async () => {
    for (const [code, sentence, ...args] of [
      [65, /no account "nobody"/, '--account', 'nobody'],
      [64, /sign-in,app-password/, '--kind', 'everything'],
      [64, /2027-01-31/, '--since', 'yesterday'],
      [64, /2027-01-31/, '--until', '2026-02-31'],
      [64, /jsonl, csv/, '--format', 'xml'],
    ] as const) {
      const ended = await latchkey('audit', 'export', ...args);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, sentence);
      assert.deepEqual([ended.stderr.trim().split('\n').length, ended.stdout], [1, '']);
    }
  });

  it('goes through a pipe whole', async () => {
    const { code, stdout, stderr } = await spawnLatchkey(['audit', 'export'], folder.variables);
    assert.equal(code, 0, stderr);
    assert.deepEqual(linesOf(stdout), await lines());
  });

  it('reads no further than what is taken, and stops without a word where nobody reads any more', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        read += 1;
        await nextTurn();
        yield 'x'.repeat(1_000);
      }
    }
    const slow = new PassThrough({ highWaterMark: 4_000 });
    const writing = writeAll(endless(), slow);
    for (let turn = 0; turn < 500; turn += 1) await nextTurn();
    assert.ok(read < 100, `${read}`);
    slow.destroy(systemError('EPIPE'));
    await writing;
  });

  it('says so when the disk is full, and leaves a fault in reading what it is', async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(systemError('ENOSPC')) });
    await assert.rejects(writeAll(Readable.from(['x']), full), {
      name: 'OutputError',
      message: 'The answer could not be written (ENOSPC).',
    });
    const faulty = Readable.from(['x']);
    faulty.destroy(new TypeError('a fault'));
    await assert.rejects(writeAll(faulty, new PassThrough()), TypeError);
  });
});
