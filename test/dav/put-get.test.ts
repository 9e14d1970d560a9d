import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { before, describe, it } from 'mocha';
import { children, childrenNamed, text } from '../../dav/xml/element.js';
import { caldav, carddav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { multistatus, only, parse, property } from './answers.js';
import { multigetBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { Home } from './dav-suite.js';
import { calendarType, card, cardType, event } from './requests.js';
import type { Answer } from './requests.js';
import { sendRaw } from './raw-request.js';

const calendarOf = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Latchkey//Test//EN', ...lines, 'END:VCALENDAR', ''].join(
    '\r\n',
  );
const eventLines = (uid: string, ...lines: readonly string[]): string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  'DTSTAMP:20260101T000000Z',
  ...lines,
  'END:VEVENT',
];
const start = 'DTSTART:20260105T100000Z';

describe('PUT and GET of objects', () => {
  const suite = davSuite();
  let calendar: string;
  let book: string;
  before(async () => {
    calendar = await suite.firstCollection();
    book = await suite.firstCollection('addressbooks');
  });
  let count = 0;
  const vacant = (collection = calendar): string => {
    count += 1;
    return `${collection}object-${count}`;
  };
  const put = (
    path: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> =>
    suite.send('PUT', path, {
      headers: { ...(path.startsWith(book) ? cardType : calendarType), ...headers },
      body,
    });
  const assertMissing = async (path: string): Promise<void> =>
    assertRefused(await suite.send('GET', path), 404);

  describe('RFC 4791 §5.3.2, RFC 6352 §6.3.2: creating and changing', () => {
    for (const [what, collectionOf, make] of [
      ['an event', () => calendar, (uid: string, note: string) => event(uid, { summary: note })],
      ['a card', () => book, (uid: string, note: string) => card(uid, note)],
    ] as const) {
      it(`${what} is 201 at first and 204 then, without a body, with its strong ETag (client need 29, 37)`, async () => {
        const path = vacant(collectionOf());
        const tags: (string | null)[] = [];
        for (const [note, status] of [
          ['one', 201],
          ['two', 204],
          ['one', 204],
        ] as const) {
          const answer = await put(path, make(path, note));
          assert.equal(answer.status, status);
          assert.equal(answer.body, '');
          assert.match(answer.headers.get('etag') ?? '', /^"[\w-]{20,}"$/);
          tags.push(answer.headers.get('etag'));
          const get = await suite.send('GET', path);
          assert.equal(get.status, 200);
          assert.equal(get.body, make(path, note));
          assert.equal(get.headers.get('etag'), answer.headers.get('etag'));
        }
        assert.notEqual(tags[0], tags[1]);
        assert.equal(tags[0], tags[2], 'the same bytes have the same ETag');
      });
    }

    const types: readonly [string, string, string][] = [
      ['an event', event('type-1'), 'text/calendar; charset=utf-8; component=VEVENT'],
      [
        'a task',
        event('type-2').replaceAll('VEVENT', 'VTODO'),
        'text/calendar; charset=utf-8; component=VTODO',
      ],
      ['a card', card('type-3'), 'text/vcard; charset=utf-8'],
    ];
    for (const [what, body, type] of types) {
      it(`GET of ${what} tells its Content-Type with the component (client need 36)`, async () => {
        const path = vacant(what === 'a card' ? book : calendar);
        await suite.put(path, body);
        const { headers } = await suite.send('GET', path);
        assert.equal(headers.get('content-type'), type);
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
      });
    }

    for (const type of [
      'text/calendar',
      'TEXT/Calendar; Charset="UTF-8"; component=vevent',
      'application/octet-stream',
      undefined,
    ]) {
      it(`takes Content-Type ${type ?? '(none)'}`, async () => {
        const path = vacant();
        const headers = type === undefined ? {} : { 'Content-Type': type };
        const answer = await sendRaw(suite.server.url, suite.device, 'PUT', path, {
          headers,
          chunks: [event(path)],
        });
        assert.equal(answer.status, 201, answer.body);
      });
    }
    for (const type of ['text/vcard', 'text/x-vcard', 'text/directory;profile=vcard']) {
      it(`takes a card as ${type}`, async () => {
        assert.equal((await put(vacant(book), card(type), { 'Content-Type': type })).status, 201);
      });
    }
  });

  describe('what is stored are the bytes as they came (client need 29, 39, 40, 51)', () => {
    const bodies: readonly [string, Home, string | Uint8Array][] = [
      ['LF line ends', 'calendars', event('lf').replaceAll('\r\n', '\n')],
      ['no line end at the end', 'calendars', event('no-end').trimEnd()],
      ['a byte order mark', 'calendars', `\ufeff${event('bom')}`],
      [
        'blank lines and white space at the end of lines',
        'calendars',
        event('blank').replace('SUMMARY', '\r\nSUMMARY').replace('Test', 'Test  '),
      ],
      [
        'iPhone’s geo URI with a comma',
        'calendars',
        event('geo', {
          lines: [
            'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-MAPKIT-HANDLE=CAESvAEa;X-',
            ' APPLE-RADIUS=70.5;X-TITLE="Café, am Eck":geo:52.52,13.4',
            'X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC',
          ],
        }),
      ],
      [
        'backslashes, commas and semicolons as they are',
        'calendars',
        event('escapes', { lines: ['LOCATION:a\\,b\\;c\\\\d\\ne,f;g', 'X-RAW:a\\q\\x'] }),
      ],
      [
        'unknown properties, parameters and components',
        'calendars',
        event('unknown', {
          lines: [
            'RELATED-TO;RELTYPE=SIBLING;X-A=1:other',
            'X-MOZ-GENERATION:3',
            'FANCY;ODD=^n^^:ja',
            'BEGIN:X-VENDOR',
            'X-Y:z',
            'END:X-VENDOR',
            'BEGIN:VALARM',
            'ACTION:DISPLAY',
            'TRIGGER:-PT5M',
            'X-WR-ALARMUID:1',
            'END:VALARM',
          ],
        }),
      ],
      [
        'lower-case names',
        'calendars',
        event('lower').replace('SUMMARY', 'summary').replace('DTSTART:', 'dtstart:'),
      ],
      [
        'groups and Apple’s labels',
        'addressbooks',
        card('labels', 'Anna', [
          'item1.EMAIL;type=INTERNET;type=pref:a@example.org',
          'item1.X-ABLabel:_$!<Other>!$_',
          'X-ABShowAs:COMPANY',
        ]),
      ],
      [
        'an Apple group in vCard 3.0',
        'addressbooks',
        card('group3', 'Friends', [
          'X-ADDRESSBOOKSERVER-KIND:group',
          'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1',
        ]),
      ],
      [
        'a group in vCard 4.0',
        'addressbooks',
        card('group4', 'Friends', ['KIND:group', 'MEMBER:urn:uuid:1']).replace('3.0', '4.0'),
      ],
      [
        'a vCard 4.0 as Thunderbird writes it (client need 49)',
        'addressbooks',
        card('v4', 'Änna', ['EMAIL;PREF=1:a@example.org', 'BDAY;VALUE=DATE:--0203']).replace('3.0', '4.0'),
      ],
      [
        'a photo of a megabyte (client need 42)',
        'addressbooks',
        card('photo', 'Anna', [`PHOTO;ENCODING=b;TYPE=JPEG:${'QUJD'.repeat(262_144)}`]),
      ],
    ];
    for (const [what, home, body] of bodies) {
      it(what, async () => {
        const collection = home === 'calendars' ? calendar : book;
        const path = vacant(collection);
        const stored = await put(path, body);
        assert.equal(stored.status, 201, stored.body);
        const get = await sendRaw(suite.server.url, suite.device, 'GET', path);
        assert.ok(get.bytes.equals(Buffer.from(body)), get.body.slice(0, 2_000));
        assert.equal(get.headers['content-length'], String(Buffer.from(body).length));
        // What a report carries is the same text, as far as XML can carry it.
        const [kind, data] =
          home === 'calendars'
            ? (['calendar', caldav('calendar-data')] as const)
            : (['addressbook', carddav('address-data')] as const);
        const report = await suite.send('REPORT', collection, { body: multigetBody(kind, [path]) });
        const sent = text(property(multistatus(report.body)[0], data));
        assert.equal(
          sent,
          Buffer.from(body)
            .toString('utf8')
            .replace(/^\ufeff/, ''),
        );
      });
    }
  });

  describe('accepted unrepaired, since clients send it (client need 41, 44)', () => {
    const oddities: readonly [string, readonly string[]][] = [
      ['DTEND beside DURATION:PT0S (Lightning)', [start, 'DTEND:20260105T110000Z', 'DURATION:PT0S']],
      [
        'EXDATE as a date on a timed event (Evolution)',
        [start, 'RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;VALUE=DATE:20260106'],
      ],
      ['a space at the end of TZID (Outlook)', ['DTSTART;TZID="Europe/Berlin ":20260105T100000']],
      ['a Windows zone without its VTIMEZONE', ['DTSTART;TZID=W. Europe Standard Time:20260105T100000']],
      ['an unknown zone without its VTIMEZONE', ['DTSTART;TZID=Customized Time Zone:20260105T100000']],
      [
        'an attendee without PARTSTAT (iOS)',
        [start, 'ORGANIZER:mailto:a@example.org', 'ATTENDEE:mailto:b@example.org'],
      ],
      ['an end before the start', [start, 'DTEND:20250105T100000Z']],
      ['no DTSTAMP', [start]],
    ];
    for (const [what, lines] of oddities) {
      it(what, async () => {
        const path = vacant();
        const body = calendarOf(
          ...eventLines(path, ...lines).filter(
            (line) => what !== 'no DTSTAMP' || !line.startsWith('DTSTAMP'),
          ),
        );
        const answer = await put(path, body);
        assert.equal(answer.status, 201, answer.body);
        assert.equal((await suite.send('GET', path)).body, body);
      });
    }

    it('RECURRENCE-ID of another value type than DTSTART', async () => {
      const path = vacant();
      const body = calendarOf(
        ...eventLines(path, start, 'RRULE:FREQ=DAILY;COUNT=3'),
        ...eventLines(path, 'RECURRENCE-ID;VALUE=DATE:20260106', 'DTSTART:20260106T120000Z'),
      );
      assert.equal((await put(path, body)).status, 201);
    });

    it('a VTIMEZONE that begins in 1601', async () => {
      const path = vacant();
      const zone = [
        'BEGIN:VTIMEZONE',
        'TZID:Mitteleuropa',
        'BEGIN:STANDARD',
        'DTSTART:16010101T030000',
        'TZOFFSETFROM:+0200',
        'TZOFFSETTO:+0100',
        'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
        'END:STANDARD',
        'END:VTIMEZONE',
      ];
      const body = calendarOf(...zone, ...eventLines(path, 'DTSTART;TZID=Mitteleuropa:20260105T100000'));
      assert.equal((await put(path, body)).status, 201);
    });
  });

  describe('RFC 4791 §5.3.2.1: preconditions of calendar objects', () => {
    const refusals: readonly [string, string, string | Uint8Array, Readonly<Record<string, string>>?][] = [
      ['supported-calendar-data', 'a card by its type', event('p'), { 'Content-Type': 'text/vcard' }],
      ['supported-calendar-data', 'other JSON', '{}', { 'Content-Type': 'application/json' }],
      [
        'supported-calendar-data',
        'another charset',
        event('p'),
        { 'Content-Type': 'text/calendar; charset=iso-8859-1' },
      ],
      ['valid-calendar-data', 'nothing', ''],
      ['valid-calendar-data', 'prose', 'The quick brown fox'],
      ['valid-calendar-data', 'a card', card('p')],
      ['valid-calendar-data', 'no UTF-8', Buffer.from(event('p', { summary: 'Müller' }), 'latin1')],
      [
        'valid-calendar-data',
        'a fold inside a letter, which no report could carry',
        Buffer.from(event('p', { summary: 'M\u00c3\r\n \u00bcller' }), 'latin1'),
      ],
      ['valid-calendar-data', 'a control character', event('p', { summary: 'a\u0001b' })],
      ['valid-calendar-data', 'a body that was cut off', event('p').slice(0, -40)],
      ['supported-calendar-data', 'version 1.0', event('p').replace('VERSION:2.0', 'VERSION:1.0')],
      ['valid-calendar-data', 'an event without DTSTART', calendarOf(...eventLines('p'))],
      ['valid-calendar-data', 'two DTSTART', calendarOf(...eventLines('p', start, start))],
      ['valid-calendar-data', 'the 30th of February', event('p', { start: '20260230T100000Z' })],
      ['valid-calendar-data', 'a rule that is none', event('p', { lines: ['RRULE:FREQ=SOMETIMES'] })],
      [
        'valid-calendar-data',
        'components that cross',
        event('p').replace('END:VEVENT\r\nEND:VCALENDAR', 'END:VCALENDAR\r\nEND:VEVENT'),
      ],
      [
        'valid-calendar-object-resource',
        'METHOD',
        event('p').replace('BEGIN:VEVENT', 'METHOD:PUBLISH\r\nBEGIN:VEVENT'),
      ],
      [
        'valid-calendar-object-resource',
        'events and tasks in one',
        calendarOf(
          ...eventLines('p', start),
          ...eventLines('p', start).map((line) => line.replace('VEVENT', 'VTODO')),
        ),
      ],
      [
        'valid-calendar-object-resource',
        'two UIDs',
        calendarOf(...eventLines('p', start), ...eventLines('q', start, 'RECURRENCE-ID:20260105T100000Z')),
      ],
      [
        'valid-calendar-object-resource',
        'two events of one UID',
        calendarOf(...eventLines('p', start), ...eventLines('p', start)),
      ],
      [
        'valid-calendar-object-resource',
        'two overrides of one instance',
        calendarOf(
          ...eventLines('p', start, 'RECURRENCE-ID:20260105T100000Z'),
          ...eventLines('p', start, 'RECURRENCE-ID:20260105T100000Z'),
        ),
      ],
      ['valid-calendar-object-resource', 'no UID', calendarOf('BEGIN:VEVENT', start, 'END:VEVENT')],
      ['valid-calendar-object-resource', 'a UID of more than 1,024 octets', event('é'.repeat(513))],
      ['valid-calendar-object-resource', 'no component', calendarOf()],
      ['valid-calendar-object-resource', 'two VCALENDARs', event('p') + event('p')],
      [
        'supported-calendar-component',
        'a journal where events and tasks are taken',
        event('p').replaceAll('VEVENT', 'VJOURNAL'),
      ],
      ['supported-calendar-component', 'a poll', event('p').replaceAll('VEVENT', 'VPOLL')],
    ];
    for (const [precondition, what, body, headers] of refusals) {
      it(`${precondition}: ${what}`, async () => {
        const path = vacant();
        assertRefused(await put(path, body, headers), 403, caldav(precondition));
        await assertMissing(path);
      });
    }
  });

  describe('RFC 6352 §6.3.2.1: preconditions of cards', () => {
    const refusals: readonly [string, string, string | Uint8Array, Readonly<Record<string, string>>?][] = [
      ['supported-address-data', 'a calendar by its type', card('p'), { 'Content-Type': 'text/calendar' }],
      ['supported-address-data', 'other JSON', '[]', { 'Content-Type': 'application/json' }],
      ['valid-address-data', 'no jCard', '[]', { 'Content-Type': 'application/vcard+json' }],
      ['valid-address-data', 'no xCard', '<a/>', { 'Content-Type': 'application/vcard+xml' }],
      [
        'supported-address-data',
        'another charset',
        card('p'),
        { 'Content-Type': 'text/vcard; charset=utf-16' },
      ],
      ['supported-address-data', 'vCard 2.1', card('p').replace('3.0', '2.1')],
      ['supported-address-data', 'a calendar object', event('p')],
      ['valid-address-data', 'nothing', ''],
      ['valid-address-data', 'prose', 'Anna'],
      ['valid-address-data', 'no UTF-8', Buffer.from(card('p', 'Müller'), 'latin1')],
      ['valid-address-data', 'a control character', card('p', 'a\u0001b')],
      ['valid-address-data', 'a body that was cut off', card('p').slice(0, -12)],
      ['valid-address-data', 'no VERSION', card('p').replace('VERSION:3.0\r\n', '')],
      ['valid-address-data', 'no FN', card('p').replace(/FN:.*\r\n/, '')],
      ['valid-address-data', 'two cards', card('p') + card('q')],
      ['valid-address-data', 'two UIDs', card('p', 'Anna', ['UID:q'])],
    ];
    for (const [precondition, what, body, headers] of refusals) {
      it(`${precondition}: ${what}`, async () => {
        const path = vacant(book);
        assertRefused(await put(path, body, headers), 403, carddav(precondition));
        await assertMissing(path);
      });
    }
  });

  for (const [home, name, make] of [
    ['calendars', caldav('no-uid-conflict'), (uid: string) => event(uid)],
    ['addressbooks', carddav('no-uid-conflict'), (uid: string) => card(uid)],
  ] as const) {
    describe(`${name} (client need 34)`, () => {
      const assertConflict = (answer: Answer, href: string): void => {
        assertRefused(answer, 409, name);
        assert.deepEqual(childrenNamed(only(parse(answer.body), name), dav('href')).map(text), [href]);
      };

      it('a UID that another object of the collection has: 409 with the href of that one', async () => {
        const path = await suite.newCollection(home);
        await suite.put(`${path}first%20one`, make('u1'));
        assertConflict(
          await suite.send('PUT', `${path}second`, {
            headers: home === 'calendars' ? calendarType : cardType,
            body: make('u1'),
          }),
          `${path}first%20one`,
        );
        await assertMissing(`${path}second`);
      });

      it('an update with another UID: 409 with the href of the object itself, which stays', async () => {
        const path = await suite.newCollection(home);
        await suite.put(`${path}a`, make('u1'));
        await suite.put(`${path}b`, make('u2'));
        const headers = home === 'calendars' ? calendarType : cardType;
        assertConflict(await suite.send('PUT', `${path}a`, { headers, body: make('u3') }), `${path}a`);
        assertConflict(await suite.send('PUT', `${path}a`, { headers, body: make('u2') }), `${path}a`);
        assert.equal((await suite.send('GET', `${path}a`)).body, make('u1'));
      });

      it('the UID of a deleted object is free at once (client need 35)', async () => {
        const path = await suite.newCollection(home);
        await suite.put(`${path}a`, make('u1'));
        await suite.send('DELETE', `${path}a`);
        await suite.put(`${path}b`, make('u1'));
        await suite.send('DELETE', `${path}b`);
        await suite.put(`${path}a`, make('u1'));
      });

      it('the same UID in two collections, or in other letter case, is no conflict', async () => {
        const [one, other] = [await suite.newCollection(home), await suite.newCollection(home)];
        await suite.put(`${one}a`, make('uid'));
        await suite.put(`${other}a`, make('uid'));
        await suite.put(`${one}b`, make('UID'));
      });

      it('of many at once with one UID, exactly one is stored', async () => {
        const path = await suite.newCollection(home);
        const headers = home === 'calendars' ? calendarType : cardType;
        const answers = await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            suite.send('PUT', `${path}${index}`, { headers, body: make('same') }),
          ),
        );
        assert.deepEqual(answers.map(({ status }) => status).sort(), [
          201,
          ...Array.from({ length: 7 }, () => 409),
        ]);
      });
    });
  }

  it('a card without UID is stored; its name stands in for it, and it may get one later', async () => {
    const path = vacant(book);
    const bare = card('x').replace(/UID:.*\r\n/, '');
    assert.equal((await put(path, bare)).status, 201);
    assert.equal((await put(path, bare.replace('FN:', 'NOTE:1\r\nFN:'))).status, 204);
    assert.equal((await put(path, card(path))).status, 204);
    assertRefused(await put(path, card('another')), 409, carddav('no-uid-conflict'));
  });

  describe('RFC 9110 §13: conditions of a PUT', () => {
    type Conditions = (etag: string) => Readonly<Record<string, string>>;
    const onExisting: readonly [string, Conditions, number][] = [
      ['If-Match with its tag', (etag) => ({ 'If-Match': etag }), 204],
      ['If-Match with its tag in a list', (etag) => ({ 'If-Match': `"x", ${etag} ,"y"` }), 204],
      ['If-Match with its tag made weak by a proxy', (etag) => ({ 'If-Match': `W/${etag}` }), 204],
      ['If-Match with its tag without quotes', (etag) => ({ 'If-Match': etag.replaceAll('"', '') }), 204],
      ['If-Match with its tag quoted twice', (etag) => ({ 'If-Match': `"${etag}"` }), 204],
      ['If-Match *', () => ({ 'If-Match': '*' }), 204],
      ['If-Match with another tag', () => ({ 'If-Match': '"x"' }), 412],
      ['If-Match with a part of its tag', (etag) => ({ 'If-Match': etag.slice(0, 5) }), 412],
      ['If-Match with an empty tag', () => ({ 'If-Match': '""' }), 412],
      ['If-None-Match *', () => ({ 'If-None-Match': '*' }), 412],
      ['If-None-Match with its tag', (etag) => ({ 'If-None-Match': etag }), 412],
      ['If-None-Match with its weak tag', (etag) => ({ 'If-None-Match': `W/${etag}` }), 412],
      ['If-None-Match with its tag in a list', (etag) => ({ 'If-None-Match': `"x",${etag}` }), 412],
      ['If-None-Match with another tag', () => ({ 'If-None-Match': '"x"' }), 204],
      [
        'If-Match with its tag and If-None-Match *',
        (etag) => ({ 'If-Match': etag, 'If-None-Match': '*' }),
        412,
      ],
      [
        'If-Unmodified-Since in the past',
        () => ({ 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' }),
        412,
      ],
      [
        'If-Unmodified-Since in the future',
        () => ({ 'If-Unmodified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }),
        204,
      ],
      ['If-Unmodified-Since that is no date', () => ({ 'If-Unmodified-Since': 'yesterday' }), 204],
      [
        'If-Match that holds, so that If-Unmodified-Since does not count',
        (etag) => ({ 'If-Match': etag, 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' }),
        204,
      ],
    ];
    for (const [what, conditions, status] of onExisting) {
      it(`on an object that is there: ${what} is ${status}`, async () => {
        const path = vacant();
        const etag = await suite.put(path, event(path));
        const next = event(path, { summary: 'next' });
        const answer = await put(path, next, conditions(etag));
        if (status === 412) assertRefused(answer, 412);
        else assert.equal(answer.status, status);
        assert.equal((await suite.send('GET', path)).body, status === 412 ? event(path) : next);
      });
    }

    const onMissing: readonly [string, Readonly<Record<string, string>>, number][] = [
      ['If-None-Match *', { 'If-None-Match': '*' }, 201],
      ['If-None-Match with a tag', { 'If-None-Match': '"x"' }, 201],
      ['If-Match *', { 'If-Match': '*' }, 412],
      ['If-Match with a tag', { 'If-Match': '"x"' }, 412],
      ['If-Unmodified-Since', { 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' }, 201],
    ];
    for (const [what, headers, status] of onMissing) {
      it(`on a vacant address: ${what} is ${status}`, async () => {
        const path = vacant();
        assert.equal((await put(path, event(path), headers)).status, status);
        if (status === 412) await assertMissing(path);
      });
    }

    it('a condition is decided with the write: of many at once with one tag, exactly one wins', async () => {
      const path = vacant();
      const etag = await suite.put(path, event(path));
      const bodies = Array.from({ length: 8 }, (_, index) => event(path, { summary: `version ${index}` }));
      const answers = await Promise.all(bodies.map((body) => put(path, body, { 'If-Match': etag })));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [
        204,
        ...Array.from({ length: 7 }, () => 412),
      ]);
      const winner = bodies[answers.findIndex(({ status }) => status === 204)];
      assert.equal((await suite.send('GET', path)).body, winner);
    });

    it('of many creations at once with If-None-Match *, exactly one wins', async () => {
      const path = vacant();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => put(path, event(path), { 'If-None-Match': '*' })),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [
        201,
        ...Array.from({ length: 7 }, () => 412),
      ]);
    });

    it('PROPPATCH heeds If-Match too', async () => {
      const path = vacant();
      await suite.put(path, event(path));
      const body = `<propertyupdate xmlns="DAV:"><set><prop>${element('{urn:example}p', 'x')}</prop></set></propertyupdate>`;
      assertRefused(await suite.send('PROPPATCH', path, { headers: { 'If-Match': '"x"' }, body }), 412);
    });
  });

  describe('RFC 9110 §13.1: conditional GET and HEAD', () => {
    let path: string;
    let etag: string;
    let modified: string;
    before(async () => {
      path = vacant();
      etag = await suite.put(path, event(path));
      modified = (await suite.send('GET', path)).headers.get('last-modified') ?? '';
    });
    const cases: readonly [string, () => Readonly<Record<string, string>>, number][] = [
      ['If-None-Match with its tag', () => ({ 'If-None-Match': etag }), 304],
      ['If-None-Match with its weak tag', () => ({ 'If-None-Match': `W/${etag}` }), 304],
      ['If-None-Match with a list', () => ({ 'If-None-Match': `"x", ${etag}` }), 304],
      ['If-None-Match *', () => ({ 'If-None-Match': '*' }), 304],
      ['If-None-Match with another tag', () => ({ 'If-None-Match': '"x"' }), 200],
      ['If-Modified-Since its time', () => ({ 'If-Modified-Since': modified }), 304],
      [
        'If-Modified-Since an earlier time',
        () => ({ 'If-Modified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' }),
        200,
      ],
      ['If-Modified-Since that is no date', () => ({ 'If-Modified-Since': 'x' }), 200],
      [
        'If-None-Match with another tag, whatever If-Modified-Since says',
        () => ({ 'If-None-Match': '"x"', 'If-Modified-Since': modified }),
        200,
      ],
      ['If-Match with its tag', () => ({ 'If-Match': etag }), 200],
      ['If-Match with another tag', () => ({ 'If-Match': '"x"' }), 412],
      [
        'If-Unmodified-Since an earlier time',
        () => ({ 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' }),
        412,
      ],
    ];
    for (const [what, headersOf, status] of cases) {
      it(`${what} is ${status}`, async () => {
        for (const method of ['GET', 'HEAD']) {
          const answer = await suite.send(method, path, { headers: headersOf() });
          assert.equal(answer.status, status);
          if (status !== 412) assert.equal(answer.headers.get('etag'), etag);
          if (status === 304) assert.equal(answer.body, '');
        }
      });
    }

    it('§9.3.2: HEAD is GET without the body', async () => {
      const headersOf = ({ headers }: Answer): string[][] =>
        [...headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
      const [get, head] = [await suite.send('GET', path), await suite.send('HEAD', path)];
      assert.deepEqual(headersOf(head), headersOf(get));
      assert.equal(head.body, '');
      assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(event(path))));
    });

    it('§14.2: a Range may be ignored, and is', async () => {
      const answer = await suite.send('GET', path, { headers: { Range: 'bytes=0-4' } });
      assert.equal(answer.status, 200);
      assert.equal(answer.body, event(path));
    });
  });

  describe('places that hold no objects', () => {
    it('RFC 4918 §9.7.2: PUT on a collection is 405', async () => {
      for (const path of [
        calendar,
        calendar.slice(0, -1),
        book,
        '/dav/calendars/alice/',
        '/dav/principals/alice/',
        '/dav/',
      ]) {
        const answer = await put(path, event('x'));
        assertRefused(answer, 405);
        assert.ok(!(answer.headers.get('allow') ?? '').includes('PUT'), path);
      }
    });

    it('RFC 4918 §9.7.1: PUT into a collection that is missing is 409, and makes none', async () => {
      for (const home of ['/dav/calendars/alice/', '/dav/addressbooks/alice/']) {
        assertRefused(
          await put(
            `${home}missing/a.ics`,
            home.includes('calendars') ? event('x') : card('x'),
            home.includes('calendars') ? {} : cardType,
          ),
          409,
        );
        await assertMissing(`${home}missing/`);
      }
      assertRefused(await put(`${calendar}missing/a.ics`, event('x')), 409);
    });

    it('anywhere else is 404', async () => {
      for (const path of ['/a.ics', '/dav/a.ics', '/dav/other/a/b/c.ics', '/dav/calendars/bob/x/a.ics']) {
        const answer = await put(path, event('x'));
        assert.ok([404, 405].includes(answer.status), `${path}: ${answer.status}`);
      }
    });

    it('GET and HEAD of collections are 405: there is no page', async () => {
      for (const path of [calendar, book, '/dav/calendars/alice/', '/dav/principals/alice/', '/dav/']) {
        assertRefused(await suite.send('GET', path), 405);
        assert.equal((await suite.send('HEAD', path)).status, 405);
      }
    });
  });

  describe('bodies on the wire', () => {
    it('RFC 9110 §14.5: Content-Range is 400, so that no part is taken for the whole', async () => {
      const path = vacant();
      assertRefused(await put(path, event(path), { 'Content-Range': 'bytes 0-99/200' }), 400);
      await assertMissing(path);
    });

    for (const [coding, encode] of [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['deflate', deflateSync],
      ['identity', (body: Buffer) => body],
    ] as const) {
      it(`§8.4: a body in ${coding} is stored without it`, async () => {
        const path = vacant();
        const answer = await put(path, encode(Buffer.from(event(path))), { 'Content-Encoding': coding });
        assert.equal(answer.status, 201, answer.body);
        const get = await suite.send('GET', path);
        assert.equal(get.body, event(path));
        assert.equal(get.headers.get('content-encoding'), null);
      });
    }

    const broken: readonly [string, () => Uint8Array, string, number][] = [
      ['gzip that is none', () => Buffer.from(event('x')), 'gzip', 400],
      ['gzip that was cut off', () => gzipSync(event('x')).subarray(0, 60), 'gzip', 400],
      ['deflate that is none', () => Buffer.from('\u0000\u0001\u0002'), 'deflate', 400],
      ['a coding that nobody knows', () => Buffer.from(event('x')), 'br2', 415],
      ['two codings', () => gzipSync(gzipSync(event('x'))), 'gzip, gzip', 415],
    ];
    for (const [what, bodyOf, coding, status] of broken) {
      it(`${what} is ${status}, and nothing is stored`, async () => {
        const path = vacant();
        assertRefused(await put(path, bodyOf(), { 'Content-Encoding': coding }), status);
        await assertMissing(path);
      });
    }

    it('a chunked body is stored like any other', async () => {
      const path = vacant();
      const body = event(path);
      const chunks = Array.from({ length: body.length / 16 + 1 }, (_, index) =>
        body.slice(index * 16, index * 16 + 16),
      ).filter((part) => part !== '');
      const answer = await sendRaw(suite.server.url, suite.device, 'PUT', path, {
        headers: calendarType,
        chunks,
      });
      assert.equal(answer.status, 201);
      assert.equal((await suite.send('GET', path)).body, body);
    });

    it('a body that breaks off is never stored, and harms nobody', async () => {
      const path = vacant();
      const body = event(path);
      const { port } = new URL(suite.server.url);
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      const head = [
        `PUT ${path} HTTP/1.1`,
        'Host: localhost',
        `Authorization: ${suite.device.authorization}`,
        'Content-Type: text/calendar',
        `Content-Length: ${Buffer.byteLength(body) + 10}`,
      ];
      await new Promise<void>((resolve) =>
        socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => resolve()),
      );
      socket.destroy();
      await once(socket, 'close');
      await assertMissing(path);
      await suite.put(path, body);
    });
  });
});

describe('PUT within limits', () => {
  const maxResourceSize = 4_000;
  const suite = davSuite({ limits: { maxResourceSize, maxAttendees: 3, maxInstances: 4 } });
  const padded = (uid: string, bytes: number): string => {
    const empty = event(uid, { summary: '' });
    return empty.replace('SUMMARY:', `SUMMARY:${'x'.repeat(bytes - empty.length)}`);
  };
  const ways: readonly [
    string,
    (body: string) => { headers?: Record<string, string>; chunks: (string | Uint8Array)[] },
  ][] = [
    ['with its length', (body) => ({ headers: { 'Content-Length': String(body.length) }, chunks: [body] })],
    ['chunked, without one', (body) => ({ chunks: [body.slice(0, 100), body.slice(100)] })],
    ['in gzip', (body) => ({ headers: { 'Content-Encoding': 'gzip' }, chunks: [gzipSync(body)] })],
  ];

  for (const [home, precondition] of [
    ['calendars', caldav('max-resource-size')],
    ['addressbooks', carddav('max-resource-size')],
  ] as const) {
    it(`advertises ${precondition} truthfully (client need 20)`, async () => {
      const [response] = await suite.propfind(await suite.firstCollection(home), [precondition]);
      assert.equal(text(property(response, precondition)), String(maxResourceSize));
    });

    for (const [way, request] of ways) {
      it(`${precondition}: 413 above it, ${way}, and nothing is stored`, async () => {
        const path = `${await suite.firstCollection(home)}large`;
        const answer = await sendRaw(
          suite.server.url,
          suite.device,
          'PUT',
          path,
          request(padded('large', maxResourceSize + 1)),
        );
        assertRefused({ ...answer, headers: new Headers() }, 413, precondition);
        assertRefused(await suite.send('GET', path), 404);
      });
    }
  }

  for (const [way, request] of ways) {
    it(`an object of exactly that size is stored, ${way}`, async () => {
      const path = `${await suite.newCollection()}fits`;
      const answer = await sendRaw(
        suite.server.url,
        suite.device,
        'PUT',
        path,
        request(padded('fits', maxResourceSize)),
      );
      assert.equal(answer.status, 201, answer.body);
    });
  }

  const assertLimit = async (body: string, name: Name, status = 403): Promise<void> => {
    const path = `${await suite.newCollection()}a`;
    assertRefused(await suite.send('PUT', path, { headers: calendarType, body }), status, name);
  };

  it('RFC 4791 §5.3.2.1: max-attendees-per-instance counts each component', async () => {
    const attendees = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `ATTENDEE:mailto:${index}@example.org`);
    await assertLimit(event('a', { lines: attendees(4) }), caldav('max-attendees-per-instance'));
    await suite.put(`${await suite.newCollection()}a`, event('a', { lines: attendees(3) }));
    const [response] = await suite.propfind(await suite.firstCollection(), [
      caldav('max-attendees-per-instance'),
    ]);
    assert.equal(text(property(response, caldav('max-attendees-per-instance'))), '3');
  });

  it('RFC 4791 §5.2.6, §5.2.7: min-date-time and max-date-time are the years that iCalendar can write', async () => {
    const names = [caldav('min-date-time'), caldav('max-date-time')] as const;
    const path = await suite.newCollection();
    const [response] = await suite.propfind(path, names);
    assert.deepEqual(
      names.map((name) => text(property(response, name))),
      ['00010101T000000Z', '99991231T235959Z'],
    );
    for (const line of [
      ':00010101T000000Z',
      ':99991231T235959Z',
      ';VALUE=DATE:00010101',
      ';VALUE=DATE:99991231',
    ])
      await suite.put(`${path}${line.slice(-8)}`, calendarOf(...eventLines(line, `DTSTART${line}`)));
  });

  for (const [name, lines] of [
    ['min-date-time', ['DTSTART:00001231T235959Z']],
    ['min-date-time', ['DTSTART;TZID=Asia/Tokyo:00010101T000000']],
    [
      'min-date-time',
      ['DTSTART:20260105T100000Z', 'RRULE:FREQ=DAILY', 'EXDATE:20260106T100000Z,00000106T100000Z'],
    ],
    ['min-date-time', ['DTSTART:20260105T100000Z', 'CREATED:00000101T000000Z']],
    [
      'min-date-time',
      ['DTSTART:20260105T100000Z', 'BEGIN:VALARM', 'TRIGGER;VALUE=DATE-TIME:00000101T000000Z', 'END:VALARM'],
    ],
    ['max-date-time', ['DTSTART;TZID=America/New_York:99991231T200000']],
    [
      'max-date-time',
      ['DTSTART:20260105T100000Z', 'RDATE;TZID=America/New_York;VALUE=PERIOD:99991231T200000/PT1H'],
    ],
  ] as const) {
    it(`RFC 4791 §5.3.2.1: ${name} is named for ${lines.at(-1) ?? ''}`, async () => {
      await assertLimit(calendarOf(...eventLines('a', ...lines)), caldav(name));
    });
  }

  it('RFC 4791 §5.2.6: instances that a rule makes beyond the limits are no reason to refuse it', async () => {
    const path = `${await suite.newCollection()}a`;
    await suite.put(path, calendarOf(...eventLines('a', 'DTSTART:99991201T000000Z', 'RRULE:FREQ=MONTHLY')));
  });

  it('RFC 4791 §5.2.8: max-instances is not defined, since rules without end are taken', async () => {
    const path = await suite.newCollection();
    const [response] = await suite.propfind(path, [caldav('max-instances')]);
    assert.deepEqual(response?.order, [404]);
    await suite.put(`${path}a`, calendarOf(...eventLines('a', start, 'RRULE:FREQ=DAILY')));
  });

  it('RFC 4791 §5.3.2.1: max-instances counts overrides', async () => {
    const override = (day: number): string[] =>
      eventLines('a', `RECURRENCE-ID:2026010${day}T100000Z`, `DTSTART:2026010${day}T120000Z`);
    const body = (overrides: number): string =>
      calendarOf(
        ...eventLines('a', start, 'RRULE:FREQ=DAILY;COUNT=9'),
        ...[5, 6, 7, 8].slice(0, overrides).flatMap(override),
      );
    await assertLimit(body(4), caldav('max-instances'));
    await suite.put(`${await suite.newCollection()}a`, body(3));
  });

  it('the refusal says it to people too, in a sentence', async () => {
    const answer = await suite.send('PUT', `${await suite.newCollection()}a`, {
      headers: calendarType,
      body: 'x',
    });
    const [, message] = children(parse(answer.body));
    assert.match(text(message ?? assert.fail()), /^["A-Z].+\.$/);
  });
});
