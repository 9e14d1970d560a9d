import assert from 'node:assert/strict';
import { activityEvents } from '../../auth/index.js';
import { activityKinds, eventsOf } from '../../server/console/pages/activity-kinds.js';
import { insertActivity } from '../../storage/activity.js';
import type { ActivityRow } from '../../storage/activity.js';
import { livedIn, unescape, words } from './house.js';
import type { Answer, House, Person } from './house.js';

/** The rows of the page's table: what happened. */
const whatOf = ({ body }: Answer): string[] =>
  [...body.matchAll(/<th role="rowheader"[\s\S]*?<\/th>/g)].map(([cell]) => words({ body: cell }));

const hrefOf = ({ body }: Answer, label: string): string => {
  const link = new RegExp(`<a[^>]*href="([^"]*)"[^>]*>${label}</a>`).exec(body)?.[1];
  assert.ok(link !== undefined, `there is no link ${label}`);
  return unescape(link);
};

/** A file of comma-separated values, read as RFC 4180 has it. */
const readCsv = (file: string): string[][] =>
  file
    .replace(/^\ufeff/, '')
    .split('\r\n')
    .filter(Boolean)
    .map((line) =>
      [...line.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g)].map(([, quoted, bare = '']) =>
        quoted === undefined ? bare : quoted.replaceAll('""', '"'),
      ),
    );

describe('Activity', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
    const { id } = await anna.account();
    const make = (label: string) =>
      home.auth.appPasswords.create(
        id,
        { label, services: new Set(['calendars']), access: 'read' },
        { kind: 'shell' },
      );
    for (const label of ['Phone', '=1+1', 'Müller, "Büro"']) await make(label);
  });
  after(() => home.dispose());

  it('every event is of one kind', () => {
    for (const event of activityEvents)
      assert.equal(activityKinds.filter((kind) => eventsOf(kind)?.includes(event)).length, 1, event);
  });

  it('is filtered by kind, without scripts, and says which', async () => {
    const all = await anna.open('/activity');
    assert.match(all.body, /<form method="get" action="\/activity"[\s\S]*<select id="kind" name="kind">/);
    const some = await anna.open('/activity?kind=app-password');
    assert.match(some.body, /<option value="app-password" selected>/);
    assert.equal(whatOf(some).length, 3);
    assert.ok(
      whatOf(some).every((what) => /app password/i.test(what)),
      whatOf(some).join(),
    );
    assert.ok(whatOf(all).length > 3);
    const twoStep = await anna.open('/activity?kind=two-step');
    assert.ok(whatOf(twoStep).length > 0 && !whatOf(twoStep).some((what) => /app password/i.test(what)));
    assert.match(words(await anna.open('/activity?kind=password')), /Nothing of this kind here/);
    const unknown = await anna.open('/activity?kind=__proto__');
    assert.deepEqual(whatOf(unknown), whatOf(all));
  });

  it('is a file of comma-separated values, in which nothing is a formula', async () => {
    const page = await anna.open('/activity?kind=app-password');
    const file = await anna.open(hrefOf(page, 'CSV'));
    assert.equal(file.status, 200);
    assert.equal(file.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.equal(file.headers.get('content-disposition'), 'attachment; filename="activity.csv"');
    assert.equal(file.headers.get('cache-control'), 'no-store');
    const [head, ...rows] = readCsv(file.body);
    assert.deepEqual(head, ['time', 'event', 'what', 'name', 'by', 'address', 'client']);
    assert.deepEqual(
      rows.map(([, event, , name, by]) => [event, name, by]),
      ['Müller, "Büro"', "'=1+1", 'Phone'].map((name) => ['app-password.created', name, 'shell']),
    );
    for (const [time = ''] of rows) assert.equal(new Date(time).toISOString(), time);
  });

  it('is a file for programs', async () => {
    const file = await anna.open(hrefOf(await anna.open('/activity'), 'JSON'));
    assert.equal(file.headers.get('content-type'), 'application/json; charset=utf-8');
    const entries = JSON.parse(file.body) as { event: string; detail: { label?: string } }[];
    const listed = await home.auth.activity.list((await anna.account()).id, { limit: 500 });
    assert.deepEqual(
      entries.map(({ event }) => event),
      listed.map(({ event }) => event),
    );
    assert.ok(entries.some(({ detail }) => detail.label === 'Phone'));
    assert.deepEqual(JSON.parse((await anna.open('/activity/export?format=json&kind=password')).body), []);
    assert.equal((await anna.open('/activity/export?format=exe')).status, 404);
  });

  it('is exported whole, and found by kind, however much else there is', async () => {
    const { id: accountId } = await anna.account();
    const shown = whatOf(await anna.open('/activity?kind=app-password'));
    // More than is looked through at a time, all of it newer.
    const row = (number: number): ActivityRow => ({
      accountId,
      id: `z${String(number).padStart(8, '0')}`,
      at: home.now(),
      event: 'sign-in.failed',
      actor: 'account',
      address: null,
      userAgent: null,
      detail: '{}',
    });
    for (let start = 0; start < 6_000; start += 1_000)
      await home.database.write(async (writer) => {
        for (let number = start; number < start + 1_000; number += 1)
          await insertActivity(writer, row(number));
      });
    const csv = await anna.open('/activity/export?format=csv&kind=app-password');
    assert.equal(readCsv(csv.body).length, 1 + 3);
    const all = JSON.parse((await anna.open('/activity/export?format=json')).body) as unknown[];
    assert.ok(all.length > 6_003, `${all.length}`);
    const first = await anna.open('/activity?kind=app-password');
    assert.deepEqual(whatOf(first), []);
    assert.deepEqual(whatOf(await anna.open(hrefOf(first, 'Older entries'))), shown);
  });

  it('is its holder’s alone', async () => {
    anna.cookies.clear();
    const answer = await anna.open('/activity/export?format=json');
    assert.match(answer.path, /^\/sign-in/);
  });
});

describe('Help', () => {
  let home: House;
  let anna: Person;
  before(async () => {
    ({ home, anna } = await livedIn());
  });
  after(() => home.dispose());

  const questions = ({ body }: Answer): string[] =>
    [...body.matchAll(/<summary><h2>([^<]*)<\/h2>/g)].map(([, question = '']) => unescape(question));

  it('is searched without scripts: every word, in any case, the questions first', async () => {
    const all = await anna.open('/help');
    assert.match(all.body, /<search><form method="get" action="\/help"/);
    assert.ok(questions(all).length > 5);
    const found = await anna.open('/help?q=LOST+phóne');
    assert.equal(questions(found)[0], 'I lost my phone, with the passkey or authenticator app on it');
    assert.ok(questions(found).length < questions(all).length);
    assert.match(words(found), /\d answers? for “LOST phóne”/);
    assert.match(found.body, /<details[^>]* open>/);
    assert.match(found.body, /<input id="q"[^>]*value="LOST phóne"/);
  });

  it('says so when nothing is found, and shows all answers for no words', async () => {
    const none = await anna.open('/help?q=zeppelin');
    assert.deepEqual(questions(none), []);
    assert.match(words(none), /There is no answer with all of these words.*Show all answers/);
    const all = questions(await anna.open('/help'));
    for (const query of ['', '%20', '?!', 'a&q=b'])
      assert.deepEqual(questions(await anna.open(`/help?q=${query}`)), all);
  });

  it('shows what was looked for as text, whatever it is', async () => {
    const page = await anna.open(`/help?q=${encodeURIComponent('<script>alert(1)</script>"')}`);
    assert.ok(!page.body.includes('<script>alert'));
    assert.equal((await anna.open(`/help?q=${'x'.repeat(5_000)}`)).status, 200);
  });
});
