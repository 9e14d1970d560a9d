import assert from 'node:assert/strict';
import type { Auth, SignInOutcome } from '../../auth/index.js';
import { AuthError } from '../../auth/index.js';
import { AuthenticationMeter } from '../../server/observability/metrics/authentication.js';
import { asText } from '../../server/observability/metrics/index.js';
import { addedUp } from '../../server/observability/metrics/process.js';
import { RequestMeter } from '../../server/observability/metrics/requests.js';
import { ByLabel, Counter, Gauge, Histogram } from '../../server/observability/metrics/samples.js';
import type { Family, Metric } from '../../server/observability/metrics/samples.js';
import { Sizes } from '../../server/observability/metrics/sizes.js';
import type { StoredSizes } from '../../storage/index.js';
import { scraped } from './exposition.js';
import type { Scraped } from './exposition.js';

const metricsOf = (families: readonly Family[]): Metric[] => families.map((family) => family.metric());

async function read(families: readonly Family[]): Promise<Scraped> {
  return scraped(200, (await asText([metricsOf(families)])).text);
}

describe('Metrics', () => {
  it('put a value into the first bucket that it is not above, and into all above that one', async () => {
    const histogram = new Histogram('h', 'help', [0.1, 1]);
    const child = histogram.child({ of: 'x' });
    for (const value of [0.1, 0.5, 7]) child.observe(value);
    const found = await read([histogram]);
    const buckets = ['0.1', '1', '+Inf'].map((le) => found.value('h_bucket', { le, of: 'x' }));
    assert.deepEqual(buckets, [1, 2, 3]);
    assert.deepEqual([found.value('h_sum'), found.value('h_count')], [7.6, 3]);
  });

  it('have a bounded number of children by a label', () => {
    const children = new ByLabel((name) => ({ name }), 2);
    const names = ['a', 'b', 'c', 'd', 'c'].map((value) => children.of(value).name);
    assert.deepEqual(names, ['a', 'b', 'other', 'other', 'other']);
    assert.equal(children.of('c'), children.of('d'));
  });

  it('of several processes are added up, or the largest holds', async () => {
    const of = (counted: number, gauged: number): Metric[] => {
      const counter = new Counter('c', 'help');
      const count = counter.child({ x: 'y' });
      for (let times = 0; times < counted; times += 1) count.add();
      return metricsOf([counter, new Gauge('g', 'help', () => gauged, 'max')]);
    };
    const together = await addedUp([of(2, 5), [], of(3, 4)]);
    const found = scraped(200, (await asText([together])).text);
    assert.deepEqual([found.value('c', { x: 'y' }), found.value('g')], [5, 5]);
  });
});

describe('Metrics of requests', () => {
  it('are by method, template and status; words that are no methods are one', async () => {
    const meter = new RequestMeter();
    meter.answered('PROPFIND', '/dav/', 207, 2, false);
    meter.answered('PROPFIND', '/dav/', 207, 2, false);
    meter.answered('PROPFIND', '/dav/', 401, 1, false);
    meter.answered('BREW', '*', 405, 1, false);
    meter.answered('WHEN', '*', 405, 1, true);
    meter.answered('GET', '/readyz', 200, 1, false);
    const found = await read(meter.families);
    const name = 'latchkey_http_requests_total';
    assert.equal(found.value(name, { method: 'PROPFIND', route: '/dav/', status: '207' }), 2);
    assert.equal(found.value(name, { method: 'PROPFIND', route: '/dav/', status: '401' }), 1);
    assert.equal(found.value(name, { method: 'other', route: '*', status: '405' }), 2);
    const count = 'latchkey_http_request_duration_seconds_count';
    assert.equal(found.value(count, { area: 'dav', method: 'PROPFIND' }), 3);
    assert.equal(found.value(count, { area: 'health', method: 'GET' }), 1);
    assert.equal(found.value('latchkey_http_requests_aborted_total', { area: 'console' }), 1);
  });

  it('stay few, whatever is asked', () => {
    const meter = new RequestMeter();
    for (let number = 0; number < 5_000; number += 1)
      meter.answered(`M${number}`, `/route/${number}`, 100 + (number % 500), 1, false);
    const [requests] = metricsOf(meter.families);
    assert.ok((requests?.values.length ?? Infinity) < 600, String(requests?.values.length));
  });
});

describe('Metrics of authentication', () => {
  it('count what became of each step of a sign-in', async () => {
    const meter = new AuthenticationMeter();
    const outcomes: SignInOutcome['kind'][] = ['second-step', 'refused', 'throttled'];
    const next = async (): Promise<SignInOutcome> => ({ kind: outcomes.shift() }) as SignInOutcome;
    const stepUp = async (): Promise<never> => {
      throw new AuthError('code-wrong', 'wrong');
    };
    const signIn = meter.countingSignIns({ begin: next, finish: next, byPasskey: next, stepUp });
    type Inputs = Parameters<Auth['signIn']['begin']>[0] & Parameters<Auth['signIn']['stepUp']>[0];
    const input = { code: '1' } as unknown as Inputs & { cookieHeader: undefined; passkey: string };
    await signIn.begin(input);
    await signIn.finish(input);
    await signIn.byPasskey(input);
    await assert.rejects(signIn.stepUp(input), AuthError);
    const found = await read(meter.families);
    for (const [step, outcome] of [
      ['password', 'second-step'],
      ['second-by-code', 'refused'],
      ['passkey-alone', 'throttled'],
      ['step-up-by-code', 'refused'],
    ] as const)
      assert.equal(found.value('latchkey_sign_in_steps_total', { step, outcome }), 1, step);
  });
});

describe('Metrics of sizes', () => {
  const none = { collections: 0, objects: 0, bytes: 0, collectionsToIndex: 0, objectsToIndex: 0 };
  const sizes: StoredSizes = {
    accounts: { enabled: 1, disabled: 0, beingDeleted: 0 },
    accountsWithoutSecondFactor: 0,
    ...{ appPasswords: 0, sessions: 0, mail: 0, oldestMailMs: 0, tombstones: 0, collectionsToPurge: 0 },
    byKind: { calendar: none, addressbook: none },
  };

  it('are counted when they are asked for, and not again for some minutes', async () => {
    let now = 0;
    let counted = 0;
    const counting = new Sizes({
      count: async () => {
        counted += 1;
        return sizes;
      },
      onDisk: async () => ({ file: 4096 }),
      onError: (error) => assert.fail(String(error)),
      clock: () => now,
    });
    assert.equal((await read(counting.families)).names.size, 0);
    await Promise.all([counting.refresh(), counting.refresh()]);
    await counting.refresh();
    assert.equal(counted, 1);
    const found = await read(counting.families);
    assert.equal(found.value('latchkey_accounts', { state: 'enabled' }), 1);
    assert.equal(found.value('latchkey_database_bytes', { part: 'file' }), 4096);
    now += 5 * 60 * 1000;
    await counting.refresh();
    assert.equal(counted, 2);
  });

  it('keep the last figures when counting fails, and try again later', async () => {
    const errors: unknown[] = [];
    let now = 0;
    let fails = false;
    const counting = new Sizes({
      count: async () => {
        if (fails) throw new Error('gone');
        return sizes;
      },
      onDisk: async () => ({}),
      onError: (error) => errors.push(error),
      clock: () => now,
    });
    await counting.refresh();
    fails = true;
    now += 5 * 60 * 1000;
    await counting.refresh();
    await counting.refresh();
    assert.equal(errors.length, 1);
    assert.equal((await read(counting.families)).value('latchkey_accounts', { state: 'enabled' }), 1);
  });
});
