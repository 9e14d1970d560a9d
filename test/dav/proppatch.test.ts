import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { children, text } from '../../dav/xml/element.js';
import type { XmlElement } from '../../dav/xml/element.js';
import { appleIcal, calendarServer, caldav, carddav, dav, name } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { element, escapeText } from '../../dav/xml/write.js';
import { multistatus, parse, property } from './answers.js';
import type { MemberResponse } from './answers.js';
import { mkcalendarBody, propertyUpdate } from './bodies.js';
import type { Patch } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { event } from './requests.js';

const mine = (local: string): Name => name('urn:example:mine', local);
const namesOf = (response: MemberResponse | undefined, status: number): Name[] => [
  ...(response?.properties.get(status)?.keys() ?? []),
];

describe('PROPPATCH (RFC 4918 §9.2)', () => {
  const suite = davSuite();
  let calendar: string;
  let book: string;
  before(async () => {
    calendar = await suite.firstCollection();
    book = await suite.firstCollection('addressbooks');
    await suite.put(`${calendar}a.ics`, event('a'));
  });

  const patch = async (path: string, ...instructions: readonly Patch[]): Promise<MemberResponse> => {
    const answer = await suite.send('PROPPATCH', path, { body: propertyUpdate(...instructions) });
    assert.equal(answer.status, 207, answer.body);
    const [response, ...more] = multistatus(answer.body);
    assert.ok(response);
    assert.equal(more.length, 0);
    return response;
  };
  const valueOf = async (path: string, wanted: Name): Promise<XmlElement | undefined> =>
    (await suite.propfind(path, [wanted]))[0]?.properties.get(200)?.get(wanted);
  const textOf = async (path: string, wanted: Name): Promise<string | undefined> => {
    const value = await valueOf(path, wanted);
    return value === undefined ? undefined : text(value);
  };

  describe('live properties', () => {
    const settable: readonly [string, () => string, Name, string][] = [
      ['a calendar', () => calendar, dav('displayname'), 'Wörk & <Play> "quoted" \u{1F389}'],
      ['a calendar', () => calendar, caldav('calendar-description'), 'Two\nlines & more'],
      ['a calendar', () => calendar, appleIcal('calendar-color'), '#FF2968FF'],
      ['a calendar', () => calendar, appleIcal('calendar-order'), '7'],
      ['an address book', () => book, dav('displayname'), 'Leute'],
      ['an address book', () => book, carddav('addressbook-description'), 'Friends ]]> and others'],
    ];
    for (const [what, pathOf, property, value] of settable) {
      it(`${property} of ${what} is set, read back as sent, and removed`, async () => {
        const path = pathOf();
        const set = await patch(path, { set: element(property, escapeText(value)) });
        assert.deepEqual(set.order, [200]);
        assert.deepEqual(namesOf(set, 200), [property]);
        assert.equal(
          set.properties.get(200)?.get(property)?.content.length,
          0,
          'the answer carries no values',
        );
        assert.equal(await textOf(path, property), value);
        const removed = await patch(path, { remove: element(property, '') });
        assert.deepEqual(namesOf(removed, 200), [property]);
        assert.equal(await textOf(path, property), undefined);
      });
    }

    it('RFC 4791 §5.2.2: calendar-timezone comes back as sent; what is no VTIMEZONE is refused', async () => {
      const zone = [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//Example//EN',
        'BEGIN:VTIMEZONE',
        'TZID:Europe/Berlin',
        'BEGIN:STANDARD',
        'DTSTART:19701025T030000',
        'TZOFFSETFROM:+0200',
        'TZOFFSETTO:+0100',
        'END:STANDARD',
        'END:VTIMEZONE',
        'END:VCALENDAR',
        '',
      ].join('\r\n');
      await patch(calendar, { set: element(caldav('calendar-timezone'), escapeText(zone)) });
      assert.equal(await textOf(calendar, caldav('calendar-timezone')), zone);
      for (const wrong of ['Europe/Berlin', event('a'), '']) {
        const refused = await patch(calendar, {
          set: element(caldav('calendar-timezone'), escapeText(wrong)),
        });
        assert.deepEqual(refused.order, [403], wrong);
        assert.ok(refused.errors.includes(caldav('valid-calendar-data')), wrong);
      }
      assert.equal(await textOf(calendar, caldav('calendar-timezone')), zone);
    });

    it('client need 54: default alarms are kept like any property, on calendar and home', async () => {
      for (const path of [calendar, '/dav/calendars/alice/']) {
        for (const local of ['default-alarm-vevent-date', 'default-alarm-vevent-datetime']) {
          const alarm = 'BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n';
          for (const kept of [alarm, alarm + alarm.replace('-PT15M', '20260105T080000Z'), '']) {
            const response = await patch(path, { set: element(caldav(local), escapeText(kept)) });
            assert.deepEqual(response.order, [200]);
            assert.equal(await textOf(path, caldav(local)), kept);
          }
        }
      }
    });

    it('default alarms are VALARM components with a TRIGGER, else CALDAV:valid-calendar-data', async () => {
      for (const local of ['vevent-date', 'vevent-datetime', 'vtodo-date', 'vtodo-datetime']) {
        const name = caldav(`default-alarm-${local}`);
        for (const wrong of [
          'PT15M',
          event('a'),
          'BEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\n',
          'BEGIN:VALARM\r\nTRIGGER:soon\r\nEND:VALARM\r\n',
          'BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nTRIGGER:-PT9M\r\nEND:VALARM\r\n',
          'BEGIN:VALARM\r\nTRIGGER:-PT5M\r\n',
        ]) {
          const response = await patch(calendar, { set: element(name, escapeText(wrong)) });
          assert.deepEqual(
            [response.order, response.errors[0]],
            [[403], caldav('valid-calendar-data')],
            wrong,
          );
        }
      }
    });

    describe('RFC 7953 §7.2.4: calendar-availability', () => {
      const name = caldav('calendar-availability');
      const available = (rule: string, uid = 'UID:b'): string[] => [
        ...[
          'BEGIN:AVAILABLE',
          uid,
          'DTSTAMP:20260101T000000Z',
          'DTSTART;TZID=America/Montreal:20111002T090000',
        ],
        ...['DTEND;TZID=America/Montreal:20111002T180000', `RRULE:${rule}`, 'END:AVAILABLE'],
      ];
      const availability = (...inside: string[]): string =>
        [
          ...[
            'BEGIN:VCALENDAR',
            'VERSION:2.0',
            'PRODID:-//Latchkey//Test//EN',
            'BEGIN:VAVAILABILITY',
            'UID:a',
          ],
          ...['DTSTAMP:20260101T000000Z', ...inside, 'END:VAVAILABILITY', 'END:VCALENDAR', ''],
        ].join('\r\n');
      const weekly = 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR';

      it('is kept as it is set, and not in allprop', async () => {
        for (const path of [calendar, '/dav/calendars/alice/', '/dav/principals/alice/']) {
          const value = availability(...available(weekly));
          assert.deepEqual((await patch(path, { set: element(name, escapeText(value)) })).order, [200]);
          assert.equal(await textOf(path, name), value);
          const all = await suite.send('PROPFIND', path, { headers: { Depth: '0' } });
          assert.equal(multistatus(all.body)[0]?.properties.get(200)?.has(name), false);
          assert.deepEqual((await patch(path, { remove: element(name, '') })).order, [200]);
        }
      });

      for (const [what, value, precondition] of [
        ['no calendar data', 'mornings', 'valid-calendar-data'],
        ['an event', event('a'), 'valid-calendar-data'],
        ['an AVAILABLE without UID', availability(...available(weekly, 'X-A:b')), 'valid-calendar-data'],
        ['a broken rule', availability(...available('FREQ=NEVER')), 'valid-calendar-data'],
        ['a DTSTART that does not exist', availability('DTSTART:20260230T000000Z'), 'valid-calendar-data'],
        ['a METHOD', availability().replace('PRODID', 'METHOD:PUBLISH\r\nPRODID'), 'valid-calendar-data'],
        ['another VERSION', availability().replace('VERSION:2.0', 'VERSION:3.0'), 'supported-calendar-data'],
        [
          'a rule in another calendar',
          availability(...available('RSCALE=CHINESE;FREQ=YEARLY')),
          'supported-rscale',
        ],
      ] as const) {
        it(`refuses ${what} with CALDAV:${precondition}, in PROPPATCH and MKCALENDAR`, async () => {
          const set = element(name, escapeText(value));
          const response = await patch(calendar, { set });
          assert.deepEqual([response.order, response.errors[0]], [[403], caldav(precondition)]);
          const made = '/dav/calendars/alice/with-availability/';
          const answer = await suite.send('MKCALENDAR', made, { body: mkcalendarBody(set) });
          const [refused] = multistatus(answer.body);
          assert.deepEqual([refused?.order, refused?.errors[0]], [[403], caldav(precondition)]);
          assert.equal((await suite.send('PROPFIND', made, { headers: { Depth: '0' } })).status, 404);
        });
      }
    });
  });

  describe('§9.2.1: protected properties', () => {
    const guarded: readonly [string, () => string, readonly Name[]][] = [
      [
        'a calendar',
        () => calendar,
        [
          dav('resourcetype'),
          dav('getetag'),
          dav('sync-token'),
          dav('supported-report-set'),
          dav('current-user-privilege-set'),
          dav('quota-used-bytes'),
          dav('owner'),
          calendarServer('getctag'),
          caldav('supported-calendar-component-set'),
          caldav('supported-calendar-data'),
          caldav('max-resource-size'),
          caldav('calendar-data'),
        ],
      ],
      [
        'an event',
        () => `${calendar}a.ics`,
        [
          dav('getetag'),
          dav('getcontenttype'),
          dav('getcontentlength'),
          dav('getcontentlanguage'),
          dav('sync-token'),
        ],
      ],
      [
        'the principal',
        () => '/dav/principals/alice/',
        [dav('principal-URL'), caldav('calendar-home-set'), dav('displayname')],
      ],
      ['a home', () => '/dav/addressbooks/alice/', [dav('resourcetype'), carddav('addressbook-home-set')]],
    ];
    for (const [what, pathOf, properties] of guarded) {
      for (const protectedName of properties) {
        for (const instruction of ['set', 'remove'] as const) {
          it(`${instruction} ${protectedName} of ${what}: 403 for it, 424 for the rest, and nothing happens`, async () => {
            const path = pathOf();
            const written =
              element(mine('witness'), 'x') + element(protectedName, instruction === 'set' ? 'y' : '');
            const before = await valueOf(path, protectedName);
            const response = await patch(
              path,
              instruction === 'set' ? { set: written } : { remove: written },
            );
            assert.deepEqual(namesOf(response, 403), [protectedName]);
            assert.deepEqual(namesOf(response, 424), [mine('witness')]);
            assert.ok(response.errors.includes(dav('cannot-modify-protected-property')));
            assert.equal(await valueOf(path, mine('witness')), undefined);
            assert.deepEqual(await valueOf(path, protectedName), before);
          });
        }
      }
    }
  });

  describe('§9.2: atomicity and order', () => {
    it('one refusal undoes live and dead changes before and after it', async () => {
      const path = await suite.newCollection('calendars', '<displayname>Before</displayname>');
      const response = await patch(
        path,
        { set: element(dav('displayname'), 'After') },
        { set: element(mine('one'), '1') },
        { set: element(dav('getetag'), 'x') },
        { set: element(mine('two'), '2') },
      );
      assert.deepEqual(namesOf(response, 403), [dav('getetag')]);
      assert.deepEqual(namesOf(response, 424), [dav('displayname'), mine('one'), mine('two')]);
      assert.equal(await textOf(path, dav('displayname')), 'Before');
      assert.equal(await valueOf(path, mine('one')), undefined);
      assert.equal(await valueOf(path, mine('two')), undefined);
    });

    it('instructions are followed in document order', async () => {
      const path = await suite.newCollection();
      await patch(
        path,
        { set: element(mine('a'), '1') },
        { remove: element(mine('a'), '') },
        { set: element(mine('a'), '2') },
      );
      assert.equal(await textOf(path, mine('a')), '2');
      await patch(path, { set: element(mine('a'), '3') }, { remove: element(mine('a'), '') });
      assert.equal(await valueOf(path, mine('a')), undefined);
      await patch(
        path,
        { set: element(dav('displayname'), 'first') },
        { set: element(dav('displayname'), 'last') },
      );
      assert.equal(await textOf(path, dav('displayname')), 'last');
    });

    it('§14.23: removing what is not there is no error', async () => {
      const response = await patch(calendar, { remove: element(mine('never'), '') });
      assert.deepEqual(namesOf(response, 200), [mine('never')]);
    });
  });

  describe('§4: dead properties', () => {
    const roundTrip = async (path: string, written: string): Promise<void> => {
      const sent = parse(`<wrap>${written}</wrap>`);
      const [value] = children(sent);
      assert.ok(value);
      await patch(path, { set: written });
      assert.deepEqual(await valueOf(path, value.name), value);
    };

    const values: readonly [string, string][] = [
      ['empty', '<p xmlns="urn:example:mine"/>'],
      [
        'text with every special character',
        '<p xmlns="urn:example:mine">&lt;&gt;&amp;"\' ]]&gt; \u00e4\u{1F389} &#13;</p>',
      ],
      ['white space at its ends', '<p xmlns="urn:example:mine">  two\n lines\t</p>'],
      [
        'nested elements of other namespaces',
        '<p xmlns="urn:example:mine"><q xmlns="urn:example:other"><r xmlns="">1</r></q><z:s xmlns:z="urn:z" z:a="1" b="&quot;2&quot;"/></p>',
      ],
      ['mixed content', '<p xmlns="urn:example:mine">one <b>two</b> three</p>'],
      ['an attribute with line end and quotes', '<p xmlns="urn:example:mine" a="1&#10;&#9;&quot;&lt;"/>'],
      ['DAV: elements inside', '<p xmlns="urn:example:mine"><href xmlns="DAV:">/dav/</href></p>'],
      ['xml:lang', '<p xmlns="urn:example:mine" xml:lang="de-AT">Servus</p>'],
      ['a name in no namespace', '<plain>text</plain>'],
      ['a namespace that needs escaping', '<p xmlns="http://example.org/?a=1&amp;b=&quot;2&quot;">x</p>'],
      ['a namespace like one of ours, but not it', '<p xmlns="dav:">x</p>'],
      ['a name from the object prototype', '<__proto__ xmlns="constructor">x</__proto__>'],
    ];
    for (const [what, written] of values) {
      it(`${what}: comes back the same`, () => roundTrip(calendar, written));
    }

    it('CDATA is text', async () => {
      await patch(calendar, { set: '<p xmlns="urn:example:mine"><![CDATA[a <b> & c]]></p>' });
      assert.equal(await textOf(calendar, mine('p')), 'a <b> & c');
    });

    it('§4.3: the language in scope belongs to the value, wherever it was declared', async () => {
      const body =
        '<propertyupdate xmlns="DAV:" xml:lang="en"><set><prop xml:lang="fr"><p xmlns="urn:example:mine">a</p><q xmlns="urn:example:mine" xml:lang="it">b</q></prop></set></propertyupdate>';
      assert.equal((await suite.send('PROPPATCH', calendar, { body })).status, 207);
      const language = '{http://www.w3.org/XML/1998/namespace}lang';
      assert.equal((await valueOf(calendar, mine('p')))?.attributes.get(language), 'fr');
      assert.equal((await valueOf(calendar, mine('q')))?.attributes.get(language), 'it');
    });

    const holders: readonly [string, () => string][] = [
      ['a calendar', () => calendar],
      ['an event', () => `${calendar}a.ics`],
      ['an address book', () => book],
      ['the calendar home', () => '/dav/calendars/alice/'],
      ['the address book home', () => '/dav/addressbooks/alice/'],
      ['the principal', () => '/dav/principals/alice/'],
    ];
    it('each resource keeps its own', async () => {
      for (const [what, pathOf] of holders) await patch(pathOf(), { set: element(mine('holder'), what) });
      for (const [what, pathOf] of holders) assert.equal(await textOf(pathOf(), mine('holder')), what);
    });

    it('those of an object stay with an update and go with it', async () => {
      const path = `${await suite.newCollection()}b.ics`;
      await suite.put(path, event('b'));
      await patch(path, { set: element(mine('note'), 'kept') });
      await suite.put(path, event('b', { summary: 'again' }));
      assert.equal(await textOf(path, mine('note')), 'kept');
      await suite.send('DELETE', path);
      await suite.put(path, event('b'));
      assert.equal(await valueOf(path, mine('note')), undefined);
    });

    it('those of a collection go with it', async () => {
      const path = await suite.newCollection();
      await patch(path, { set: element(mine('note'), 'old') });
      await suite.send('DELETE', path);
      assert.equal((await suite.send('MKCALENDAR', path)).status, 201);
      assert.equal(await valueOf(path, mine('note')), undefined);
    });

    it('a member’s are in the listing of its collection', async () => {
      const path = await suite.newCollection();
      for (const each of ['a', 'b', 'c']) await suite.put(`${path}${each}.ics`, event(each));
      await patch(`${path}b.ics`, { set: element(mine('p'), 'of b') });
      const members = await suite.propfind(path, [mine('p')], { Depth: '1' });
      assert.deepEqual(
        members.map((member) => (member.properties.has(200) ? text(property(member, mine('p'))) : undefined)),
        [undefined, undefined, 'of b', undefined],
      );
    });

    it('a live property of other resources is a dead one nowhere', async () => {
      const response = await patch(`${calendar}a.ics`, { set: element(caldav('calendar-home-set'), '/x/') });
      assert.deepEqual(response.order, [403]);
    });

    it('the containers keep none: 403', async () => {
      const answer = await suite.send('PROPPATCH', '/dav/', {
        body: propertyUpdate({ set: element(mine('p'), 'x') }),
      });
      assertRefused(answer, 403, dav('need-privileges'));
    });
  });

  describe('too much', () => {
    it('a value longer than a property keeps is 507 for it', async () => {
      const response = await patch(calendar, { set: element(dav('displayname'), 'x'.repeat(5_000)) });
      assert.deepEqual(namesOf(response, 507), [dav('displayname')]);
    });

    it('§9.2.1, §11.5: dead properties that a resource has no room for are 507, the others 424, and none is kept', async () => {
      const path = await suite.newCollection();
      await patch(path, { set: element(mine('small'), 'x') });
      const half = 'y'.repeat(40_000);
      const response = await patch(
        path,
        { set: element(mine('one'), half) },
        { set: element(dav('displayname'), 'new name') },
        { set: element(mine('two'), half) },
        { set: element(mine('small'), 'changed') },
        { remove: element(mine('gone'), '') },
        { set: element(dav('getetag'), 'x') },
      );
      assert.deepEqual(response.order.toSorted(), [403, 424, 507]);
      assert.deepEqual(namesOf(response, 507), [mine('two')]);
      const dependent = [mine('one'), dav('displayname'), mine('small'), mine('gone')];
      assert.deepEqual(namesOf(response, 424), dependent);
      for (const each of ['one', 'two']) assert.equal(await valueOf(path, mine(each)), undefined);
      assert.equal(await textOf(path, mine('small')), 'x');
      assert.equal(await valueOf(path, dav('displayname')), undefined);
    });

    it('a name that is too long for a key is 507 for it', async () => {
      const long = element(mine('x'.repeat(3_000)), 'value');
      const response = await patch(calendar, { set: long }, { set: element(mine('beside'), 'x') });
      assert.deepEqual(namesOf(response, 507), [mine('x'.repeat(3_000))]);
      assert.deepEqual(namesOf(response, 424), [mine('beside')]);
      assert.deepEqual(namesOf(await patch(calendar, { remove: long }), 200), [mine('x'.repeat(3_000))]);
    });

    it('room that the same request makes counts, in whatever order', async () => {
      const path = `${await suite.newCollection()}a.ics`;
      await suite.put(path, event('a'));
      const half = 'y'.repeat(40_000);
      await patch(path, { set: element(mine('one'), half) });
      const response = await patch(
        path,
        { set: element(mine('two'), half) },
        { remove: element(mine('one'), '') },
      );
      assert.deepEqual(response.order, [200]);
      assert.equal(await textOf(path, mine('two')), half);
    });
  });

  describe('requests that say nothing to do', () => {
    const bodies: readonly [string, string | undefined][] = [
      ['no body', undefined],
      ['another root', mkcalendarBody(element(dav('displayname'), 'x'))],
      ['no instruction', '<propertyupdate xmlns="DAV:"/>'],
      ['an instruction without property', '<propertyupdate xmlns="DAV:"><set><prop/></set></propertyupdate>'],
    ];
    for (const [what, body] of bodies) {
      it(`${what}: 400`, async () => {
        assertRefused(await suite.send('PROPPATCH', calendar, body === undefined ? {} : { body }), 400);
      });
    }

    it('404 where nothing is', async () => {
      const body = propertyUpdate({ set: element(mine('p'), 'x') });
      for (const path of ['/dav/calendars/alice/missing/', `${calendar}missing.ics`]) {
        assertRefused(await suite.send('PROPPATCH', path, { body }), 404);
      }
    });
  });

  it('a read-only password changes nothing: 403 DAV:need-privileges', async () => {
    const reader = await suite.server.addDevice('alice', { access: 'read' });
    const before = await textOf(calendar, dav('displayname'));
    const body = propertyUpdate({ set: element(dav('displayname'), 'taken') });
    assertRefused(await suite.send('PROPPATCH', calendar, { body }, reader), 403, dav('need-privileges'));
    assert.equal(await textOf(calendar, dav('displayname')), before);
  });

  it('RFC 8144 §2.2: return=minimal answers a success without a body, and refusals in full', async () => {
    const headers = { Prefer: 'return=minimal' };
    const done = await suite.send('PROPPATCH', calendar, {
      headers,
      body: propertyUpdate({ set: element(mine('m'), 'x') }),
    });
    assert.ok([200, 204].includes(done.status), String(done.status));
    assert.equal(done.body, '');
    assert.equal(done.headers.get('preference-applied'), 'return=minimal');
    assert.equal(await textOf(calendar, mine('m')), 'x');
    const refused = await suite.send('PROPPATCH', calendar, {
      headers,
      body: propertyUpdate({ set: element(dav('getetag'), 'x') }),
    });
    assert.deepEqual(multistatus(refused.body)[0]?.order, [403]);
  });
});
