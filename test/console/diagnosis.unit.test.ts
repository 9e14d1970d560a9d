/** Why a device does not sync: a table of what is known, and what is found. */
import assert from 'node:assert/strict';
import type { Account, AppPassword, RecentRequest } from '../../auth/index.js';
import { diagnose, diagnoseStrays, seenLoginPassword } from '../../server/console/diagnosis.js';
import type { Finding, FindingKey, Symptoms } from '../../server/console/diagnosis.js';
import { findingEntry } from '../../server/console/finding-words.js';
import { requestEntry } from '../../server/console/request-words.js';
import { AppPasswordId, CollectionId } from '../../storage/index.js';

const now = Date.UTC(2026, 2, 1, 12);
const minute = 60_000;
const day = 24 * 60 * minute;

const password = (more: Partial<AppPassword> = {}): AppPassword => ({
  id: AppPasswordId('a1'),
  label: 'Phone',
  device: 'android',
  services: new Set(['calendars', 'contacts']),
  access: 'write',
  collections: undefined,
  addresses: [],
  createdAt: now - 30 * day,
  expiresAt: undefined,
  revokedAt: undefined,
  lastUsedAt: now - minute,
  lastAddress: '192.0.2.20',
  lastClient: 'DAVx5 4.5 on Android',
  lastClientName: 'DAVx5 on Android',
  lastRefusedAt: undefined,
  requestCount: 10,
  requestsToday: 1,
  ...more,
});
const request = (more: Partial<RecentRequest> = {}): RecentRequest => ({
  method: 'PROPFIND',
  target: { kind: 'home', home: 'calendars' },
  status: 207,
  reason: undefined,
  sentence: undefined,
  count: 1,
  firstAt: now - day,
  lastAt: now - minute,
  address: '192.0.2.20',
  client: 'DAVx5 4.5 on Android',
  ...more,
});
const work = {
  id: CollectionId(1),
  name: 'Work',
  slug: 'w-1',
  home: 'calendars',
  isBirthdays: false,
} as const;
const birthdays = {
  id: CollectionId(2),
  name: 'Birthdays',
  slug: 'b-2',
  home: 'calendars',
  isBirthdays: true,
} as const;
const friends = {
  id: CollectionId(3),
  name: 'Friends',
  slug: 'f-3',
  home: 'addressbooks',
  isBirthdays: false,
} as const;
const find = (more: Partial<Symptoms>): readonly Finding[] =>
  diagnose({
    password: password(),
    requests: [],
    strays: [],
    collections: [work, birthdays, friends],
    now,
    ...more,
  });
const keysOf = (found: readonly Finding[]): FindingKey[] => found.map(({ key }) => key);
const refused = (more: Partial<RecentRequest>) => ({ requests: [request({ status: 403, ...more })] });
const inWork = { kind: 'collection', home: 'calendars', collection: 'w-1' } as const;
const object = { kind: 'object', home: 'calendars', collection: 'w-1', object: 'a.ics' } as const;
const contactsOnly = password({ services: new Set(['contacts']) });
const calendarsOnly = password({ services: new Set(['calendars']) });
const unused = (more: Partial<AppPassword> = {}) =>
  password({ lastUsedAt: undefined, lastClient: undefined, ...more });
const denied = { status: 403, reason: 'need-privileges' } as const;
const atHome = password({ addresses: ['198.51.100.0/24'] });
const saves = { method: 'PUT', target: object } as const;

const table: readonly (readonly [what: string, Partial<Symptoms>, readonly FindingKey[]])[] = [
  ['nothing wrong', { requests: [request()] }, ['well']],
  ['used, and nothing known of its requests', {}, ['well']],
  ['just made', { password: unused({ createdAt: now - minute }) }, ['never']],
  ['made an hour ago and never used', { password: unused({ createdAt: now - 60 * minute }) }, ['never']],
  [
    'never used, while somebody mistyped one',
    {
      password: unused({ createdAt: now - 20 * minute }),
      strays: [request({ status: 401, reason: 'mistyped' })],
    },
    ['never', 'mistyped'],
  ],
  [
    'never used, while something came over plain http',
    {
      password: unused({ createdAt: now - 20 * minute }),
      strays: [request({ status: 403, reason: 'insecure' })],
    },
    ['never', 'insecure'],
  ],
  [
    'never used; what was mistyped before it was made is something else',
    {
      password: unused({ createdAt: now - minute / 2 }),
      strays: [request({ status: 401, reason: 'mistyped' })],
    },
    ['never'],
  ],
  ['not used for a while', { password: password({ lastUsedAt: now - 20 * day }) }, ['quiet']],
  ['revoked', { password: password({ revokedAt: now - day }) }, ['revoked']],
  [
    'revoked, and a device tries',
    { password: password({ revokedAt: now - day, lastRefusedAt: now }) },
    ['revoked-tries'],
  ],
  ['expired', { password: password({ expiresAt: now - day }) }, ['expired']],
  [
    'from another address',
    { password: atHome, ...refused({ status: 401, reason: 'elsewhere' }) },
    ['elsewhere'],
  ],
  [
    'from another address, and since then from the right one',
    {
      password: atHome,
      requests: [request({ status: 401, reason: 'elsewhere', lastAt: now - day }), request()],
    },
    ['well'],
  ],
  [
    'from an address that is allowed since then, never used yet',
    {
      password: unused({ addresses: ['192.0.2.0/24'], createdAt: now - day, lastRefusedAt: now - minute }),
      ...refused({ status: 401, reason: 'elsewhere' }),
    },
    ['allowed-since'],
  ],
  [
    'after its end, which is put off since then',
    { password: password({ lastUsedAt: now - day }), ...refused({ status: 401, reason: 'expired' }) },
    ['allowed-since'],
  ],
  [
    'while the account was switched off, which it is not where somebody reads this',
    { password: password({ lastUsedAt: now - day }), ...refused({ status: 401, reason: 'disabled' }) },
    ['allowed-since'],
  ],
  [
    'a change that was refused before writing was allowed, and a sync since then',
    { requests: [request({ ...saves, ...denied, lastAt: now - day }), request({ lastAt: now })] },
    ['well', 'allowed-since'],
  ],
  [
    'a new calendar that was refused before the limit was lifted',
    {
      requests: [
        request({
          method: 'MKCALENDAR',
          ...denied,
          target: { ...inWork, collection: 'new' },
          lastAt: now - day,
        }),
      ],
    },
    ['well', 'allowed-since'],
  ],
  [
    'an entry that may be written, in a limited choice',
    { password: password({ collections: new Set([work.id]) }), ...refused({ ...saves, ...denied }) },
    ['allowed-since'],
  ],
  [
    'calendars with a password for contacts',
    { password: contactsOnly, ...refused({ status: 404 }) },
    ['no-calendars'],
  ],
  [
    'contacts with a password for calendars',
    { password: calendarsOnly, ...refused({ status: 404, target: { kind: 'home', home: 'addressbooks' } }) },
    ['no-contacts'],
  ],
  [
    'writing with a password to read',
    { password: password({ access: 'read' }), ...refused({ ...saves, reason: 'need-privileges' }) },
    ['read-only'],
  ],
  [
    'writing the calendar of birthdays',
    refused({ method: 'PUT', reason: 'need-privileges', target: { ...object, collection: 'b-2' } }),
    ['well', 'birthdays'],
  ],
  [
    'making a calendar with a limited password',
    {
      password: password({ collections: new Set([CollectionId(1)]) }),
      ...refused({ method: 'MKCALENDAR', reason: 'need-privileges', target: inWork }),
    },
    ['makes-none'],
  ],
  [
    'another privilege',
    refused({ method: 'MOVE', reason: 'need-privileges', target: inWork }),
    ['not-allowed'],
  ],
  ['another account', refused({ status: 404, target: { kind: 'foreign' } }), ['foreign']],
  [
    'a wrong address',
    refused({ status: 404, target: { kind: 'nothing', path: '/caldav.php' } }),
    ['wrong-address'],
  ],
  [
    'a colour that a client sets by itself with a password to read',
    {
      password: password({ access: 'read' }),
      ...refused({ method: 'PROPPATCH', reason: 'need-privileges', target: inWork }),
    },
    ['well'],
  ],
  [
    'an address that was tried on the way to the right one',
    {
      requests: [
        request({ status: 404, target: { kind: 'nothing', path: '/principals/users/anna/' } }),
        request(),
      ],
    },
    ['well'],
  ],
  [
    'a collection outside the choice',
    {
      password: password({ collections: new Set([CollectionId(3)]) }),
      ...refused({ status: 404, target: inWork }),
    },
    ['outside'],
  ],
  ['a collection that is gone', refused({ status: 404, target: { ...inWork, collection: 'old' } }), ['gone']],
  [
    'all chosen collections gone',
    { password: password({ collections: new Set([CollectionId(9)]) }) },
    ['nothing-left'],
  ],
  ['an object that is not there', refused({ status: 404, method: 'GET', target: object }), ['well']],
  [
    'data that is none',
    refused({ ...saves, reason: 'valid-calendar-data', sentence: 'It is none.' }),
    ['data'],
  ],
  [
    'a component that the calendar does not take',
    refused({ ...saves, reason: 'supported-calendar-component' }),
    ['data'],
  ],
  ['a body that cannot be read', refused({ ...saves, status: 400 }), ['data']],
  ['a UID twice', refused({ ...saves, status: 409, reason: 'no-uid-conflict' }), ['duplicate']],
  ['too large an object', refused({ ...saves, status: 413, reason: 'max-resource-size' }), ['too-large']],
  ['a full account', refused({ ...saves, status: 507, reason: 'quota-not-exceeded' }), ['full']],
  ['a full server', refused({ ...saves, status: 507 }), ['server-full']],
  [
    'an old token',
    refused({ method: 'REPORT', reason: 'valid-sync-token', target: inWork }),
    ['well', 'sync-token'],
  ],
  [
    'an old token, again and again, as Thunderbird does with address books',
    refused({ method: 'REPORT', reason: 'valid-sync-token', target: inWork, count: 3 }),
    ['sync-stuck'],
  ],
  [
    'an old token of three devices that went on',
    {
      requests: [
        request({ status: 403, method: 'REPORT', reason: 'valid-sync-token', target: inWork, count: 3 }),
        request({ method: 'REPORT', target: inWork, lastAt: now }),
      ],
    },
    ['well'],
  ],
  ['a lock', refused({ ...saves, status: 423, reason: 'lock-token-submitted' }), ['locked']],
  ['a change of both sides', refused({ ...saves, status: 412 }), ['well', 'conflict']],
  ['a busy server', refused({ status: 503 }), ['well', 'busy']],
  ['a fault of the server', refused({ status: 500 }), ['server-error']],
  [
    'what went well later',
    {
      requests: [
        request({ ...saves, status: 403, reason: 'valid-calendar-data', lastAt: now - day }),
        request({ ...saves, status: 204 }),
      ],
    },
    ['well'],
  ],
  [
    'what went well with another object',
    {
      requests: [
        request({ ...saves, status: 400 }),
        request({ method: 'PUT', status: 204, target: { ...object, object: 'b.ics' }, lastAt: now }),
      ],
    },
    ['data'],
  ],
  ['what is long ago', refused({ status: 500, lastAt: now - 20 * day }), ['well']],
];

describe('Why a device does not sync', () => {
  for (const [what, symptoms, expected] of table)
    it(`${what}: ${expected.join(', ')}`, () => {
      assert.deepEqual(keysOf(find(symptoms)), expected);
    });

  it('each is told once, however often it was seen', () => {
    const requests = ['PROPFIND', 'REPORT', 'GET'].map((method) => request({ method, status: 404 }));
    assert.deepEqual(keysOf(find({ password: contactsOnly, requests })), ['no-calendars']);
  });

  it('a wrong address is told of once, whichever others the device tries', () => {
    const requests = ['/dav/anna/', '/caldav/anna', '/dav/%E2%80%AEx'].map((path) =>
      request({ status: 404, target: { kind: 'nothing', path } }),
    );
    const found = find({ requests });
    assert.deepEqual(keysOf(found), ['wrong-address']);
    assert.equal(found[0]?.values['path'], '/dav/anna/');
  });

  it('each object that is refused is told of by its name, a few at most', () => {
    const requests = Array.from({ length: 30 }, (_, count) =>
      request({
        ...saves,
        status: 403,
        reason: 'valid-calendar-data',
        target: { ...object, object: `${count}.ics` },
      }),
    );
    const found = find({ requests });
    assert.equal(found.length, 12);
    assert.equal(found[0]?.values['name'], '0.ics');
  });

  it('names that turn the direction of writing, or hold control characters, are shown without those', () => {
    const name = 'a\u202egnp.exe\u0007\n.ics';
    const refusedSave = request({
      ...saves,
      status: 400,
      target: { ...object, object: name },
      sentence: name,
    });
    const [found] = find({ requests: [refusedSave] });
    const { title, cause } = findingEntry(found ?? assert.fail(), 'a1');
    const { what, sentence } = requestEntry(refusedSave, [work]);
    for (const shown of [title, cause, what, sentence ?? '']) {
      assert.match(shown, /a\ufffdgnp\.exe\ufffd\ufffd\.ics/);
      assert.doesNotMatch(shown, /[\p{Cc}\u202e]/u);
    }
  });

  it('has words for each finding: a title, a cause, and what to do', () => {
    const all = table.flatMap(([, symptoms]) => find(symptoms));
    for (const found of all) {
      const { title, cause, todo, tone } = findingEntry(found, 'a1');
      for (const words of [title, cause, todo])
        assert.ok(!/[{}]/.test(words), `${found.key} fills in its words: ${words}`);
      assert.ok(title !== '', found.key);
      if (tone === 'warn') assert.ok(todo !== '', found.key);
    }
  });
});

describe('Requests without an app password', () => {
  const stray = (reason: string, more: Partial<RecentRequest> = {}): RecentRequest =>
    request({ status: 401, reason, ...more });
  const account = (at?: number, client?: string) =>
    ({ loginPasswordSeenAt: at, loginPasswordClient: client }) as Account;

  it('are told of by what was wrong with them', () => {
    const strays = ['wrong', 'mistyped', 'insecure', 'throttled'].map((reason) => stray(reason));
    assert.deepEqual(keysOf(diagnoseStrays(strays, undefined, now)), [
      'insecure',
      'mistyped',
      'unknown',
      'throttled',
    ]);
    assert.deepEqual(diagnoseStrays([stray('wrong', { lastAt: now - 20 * day })], undefined, now), []);
  });

  it('are not told of twice where it was the login password', () => {
    const seen = { at: now - minute, client: 'DAVx5 on Android' };
    assert.deepEqual(keysOf(diagnoseStrays([stray('wrong')], seen, now)), ['login-password-by']);
    assert.deepEqual(
      keysOf(diagnoseStrays([stray('wrong', { lastAt: now })], { ...seen, at: now - day }, now)),
      ['login-password-by', 'unknown'],
    );
    assert.deepEqual(keysOf(diagnoseStrays([], { ...seen, client: undefined }, now)), ['login-password']);
  });

  it('with the login password are told of until that client has an app password, for two weeks at most', () => {
    const at = now - day;
    const client = 'DAVx5 on Android';
    assert.deepEqual(seenLoginPassword(account(at, client), [], now), { at, client });
    assert.equal(seenLoginPassword(account(), [], now), undefined);
    assert.equal(seenLoginPassword(account(now - 15 * day, client), [], now), undefined);
    assert.equal(seenLoginPassword(account(at, client), [password()], now), undefined);
    const another = password({ lastClientName: 'Thunderbird' });
    assert.ok(seenLoginPassword(account(at, client), [another], now));
    assert.ok(seenLoginPassword(account(at, client), [password({ lastUsedAt: at - 1 })], now));
  });
});
