import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { before, describe, it } from 'mocha';
import { StorageBusyError } from '../../storage/index.js';
import { text } from '../../dav/xml/element.js';
import { caldav, dav } from '../../dav/xml/names.js';
import { multistatus, property, refusal } from './answers.js';
import { calendarQueryBody, multigetBody, propertyUpdate, propfindBody } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { basic } from './dav-server.js';
import { calendarType, event } from './requests.js';
import { sendRaw } from './raw-request.js';
import type { RawAnswer, RawOptions } from './raw-request.js';

describe('Hostile and broken requests: a 4xx with a sentence, and the next request is answered', () => {
  const suite = davSuite({ limits: { maxXmlDepth: 20, maxXmlElements: 2_000, maxRequestBody: 200_000 } });
  let calendar: string;
  before(async () => {
    calendar = await suite.firstCollection();
    await suite.put(`${calendar}a.ics`, event('a'));
  });

  const raw = (method: string, path: string, options: RawOptions = {}): Promise<RawAnswer> =>
    sendRaw(suite.server.url, suite.device, method, path, options);
  const assertAlive = async (): Promise<void> => {
    const [response] = await suite.propfind(`${calendar}a.ics`, [dav('getetag')]);
    assert.ok(property(response, dav('getetag')));
  };
  /** Sent to every method that reads XML. */
  const assertRefusedEverywhere = async (body: string | Uint8Array, status = 400): Promise<void> => {
    const requests: readonly [string, string][] = [
      ['PROPFIND', calendar],
      ['PROPPATCH', calendar],
      ['REPORT', calendar],
      ['MKCALENDAR', '/dav/calendars/alice/hostile/'],
      ['MKCOL', '/dav/addressbooks/alice/hostile/'],
    ];
    for (const [method, path] of requests) {
      const headers = { Depth: '0', 'Content-Type': 'application/xml' };
      const answer = await suite.send(method, path, { headers, body });
      assert.equal(answer.status, status, `${method}: ${answer.body}`);
      refusal(answer.body);
    }
    await assertAlive();
  };

  describe('RFC 4918 §20.6: XML', () => {
    const wrapped = (inside: string): string => `<propfind xmlns="DAV:"><prop>${inside}</prop></propfind>`;
    const bodies: readonly [string, () => string | Uint8Array][] = [
      ['a document type', () => `<!DOCTYPE propfind>${wrapped('')}`],
      [
        'a billion laughs',
        () =>
          `<!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, index) => `<!ENTITY a${index} "${`&a${index === 0 ? '' : index - 1};`.repeat(10)}">`).join('')}]>${wrapped('&a19;')}`,
      ],
      [
        'a document type after a long comment',
        () => `<!-- ${'x'.repeat(70_000)} --><!DOCTYPE x>${wrapped('')}`,
      ],
      ['an entity that nobody declared', () => wrapped('<displayname>&nbsp;</displayname>')],
      ['too deep', () => wrapped('<a>'.repeat(30) + '</a>'.repeat(30))],
      [
        'too deep, in a long body',
        () => wrapped(`<a>${'x'.repeat(70_000)}</a>${'<a>'.repeat(30)}${'</a>'.repeat(30)}`),
      ],
      ['too many elements', () => wrapped('<a/>'.repeat(3_000))],
      [
        'too many elements, in a long body',
        () => wrapped(`<a>${'x'.repeat(70_000)}</a>${'<a/>'.repeat(3_000)}`),
      ],
      ['ten thousand open tags', () => '<a>'.repeat(10_000)],
      ['tags that cross', () => '<propfind xmlns="DAV:"><prop><allprop></prop></allprop></propfind>'],
      ['an attribute twice', () => '<propfind xmlns="DAV:" a="1" a="2"><allprop/></propfind>'],
      ['an attribute without quotes', () => '<propfind xmlns=DAV:><allprop/></propfind>'],
      ['a bare ampersand', () => wrapped('<displayname>a & b</displayname>')],
      ['text after the end', () => `${wrapped('')}more`],
      [
        'bad UTF-8',
        () =>
          Buffer.concat([
            Buffer.from('<propfind xmlns="DAV:"><allprop/><x>'),
            Buffer.from([0xc3, 0x28]),
            Buffer.from('</x></propfind>'),
          ]),
      ],
      [
        'overlong UTF-8',
        () =>
          Buffer.concat([
            Buffer.from('<propfind xmlns="DAV:"><allprop/><x>'),
            Buffer.from([0xc0, 0xaf]),
            Buffer.from('</x></propfind>'),
          ]),
      ],
      ['another encoding', () => `<?xml version="1.0" encoding="iso-8859-1"?>${wrapped('')}`],
      [
        'half a letter of UTF-16',
        () =>
          Buffer.concat([
            Buffer.from([0xff, 0xfe]),
            Buffer.from('<a/>', 'utf16le'),
            Buffer.from([0x00, 0xd8]),
          ]),
      ],
      ['a control character', () => wrapped('<displayname>\u0007</displayname>')],
      ['a control character as a reference', () => wrapped('<displayname>&#7;</displayname>')],
      ['a NUL as a reference', () => wrapped('<displayname>&#0;</displayname>')],
      ['half a surrogate pair as a reference', () => wrapped('<displayname>&#xD800;</displayname>')],
      ['only white space', () => '   \r\n '],
      ['only a declaration', () => '<?xml version="1.0"?>'],
      ['only a comment', () => '<!-- nothing -->'],
      ['a comment that does not end', () => `${wrapped('')}<!-- `],
      ['HTML', () => '<!doctype html><html><body>hello<br></body></html>'],
      ['JSON', () => '{"propfind":{}}'],
    ];
    for (const [what, body] of bodies) {
      it(what, () => assertRefusedEverywhere(body()));
    }

    const outside: readonly [string, string][] = [
      ['an external entity', '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'],
      ['a parameter entity', '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>'],
      ['a document type from elsewhere', '<!DOCTYPE x PUBLIC "-//x//y" "http://127.0.0.1:1/x">'],
    ];
    for (const [what, declaration] of outside) {
      it(`§16: ${what} is 403 DAV:no-external-entities`, async () => {
        const body = `<?xml version="1.0"?>${declaration}${wrapped('<displayname>&f;</displayname>')}`;
        for (const each of [body, `${body}<!-- ${'x'.repeat(5_000)} -->`]) {
          await assertRefusedEverywhere(each, 403);
          const answer = await suite.send('PROPFIND', '/dav/', { headers: { Depth: '0' }, body: each });
          assert.deepEqual(refusal(answer.body).preconditions, [dav('no-external-entities')]);
        }
      });
    }

    it('more bytes than are read: 413', () => assertRefusedEverywhere(`<a>${'x'.repeat(200_000)}</a>`, 413));

    it('more bytes than are read, in gzip or without a length: 413, and no reset connection', async () => {
      const pieces = Array.from({ length: 1_000 }, () => 'x'.repeat(1_000));
      const gzip = { 'Content-Encoding': 'gzip' };
      const packed = { headers: gzip, chunks: [gzipSync(pieces.join(''))] };
      // Broken after the bytes that were too many.
      const noise = Buffer.from(pieces.join('').slice(0, 20_000));
      const torn = { headers: gzip, chunks: [gzipSync(pieces.join('')).subarray(0, 900), noise, noise] };
      const long = [{ chunks: pieces }, { chunks: [pieces.join('')] }, packed, torn, { chunks: pieces }];
      for (const options of long) {
        for (const [method, path] of [
          ['PROPFIND', calendar],
          ['REPORT', calendar],
          ['PROPPATCH', calendar],
        ] as const) {
          const answer = await raw(method, path, options);
          assert.equal(answer.status, 413);
          refusal(answer.body);
        }
      }
      await assertAlive();
    });

    it('a name of the object prototype is a name like any other', async () => {
      for (const local of ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype']) {
        const [response] = await suite.propfind(calendar, [`{__proto__}${local}`, `{}${local}`, dav(local)]);
        assert.equal(response?.properties.get(404)?.size, 3, local);
        const body = `<x xmlns="DAV:"/>`.replace('x', local);
        assertRefused(await suite.send('REPORT', calendar, { body }), 403, dav('supported-report'));
      }
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
      await assertAlive();
    });

    it('a prefix as DAV: is bound to something else does not count', async () => {
      const body = '<D:propfind xmlns:D="urn:not-dav"><D:allprop/></D:propfind>';
      assertRefused(await suite.send('PROPFIND', calendar, { headers: { Depth: '0' }, body }), 400);
    });

    const accepted: readonly [string, () => Uint8Array][] = [
      [
        'UTF-16 little-endian',
        () =>
          Buffer.concat([
            Buffer.from([0xff, 0xfe]),
            Buffer.from(propfindBody(dav('displayname')), 'utf16le'),
          ]),
      ],
      [
        'UTF-16 big-endian',
        () =>
          Buffer.concat([
            Buffer.from([0xff, 0xfe]),
            Buffer.from(propfindBody(dav('displayname')), 'utf16le'),
          ]).swap16(),
      ],
      ['UTF-8 with a byte order mark', () => Buffer.from(`\ufeff${propfindBody(dav('displayname'))}`)],
      [
        'a long body',
        () =>
          Buffer.from(
            propfindBody(dav('displayname')).replace('<D:prop>', `<!-- ${'x'.repeat(70_000)} --><D:prop>`),
          ),
      ],
    ];
    for (const [what, body] of accepted) {
      it(`is read all the same: ${what}`, async () => {
        const answer = await suite.send('PROPFIND', calendar, { headers: { Depth: '0' }, body: body() });
        assert.equal(answer.status, 207, answer.body);
        assert.notEqual(text(property(multistatus(answer.body)[0], dav('displayname'))), '');
      });
    }
  });

  describe('paths', () => {
    const malformed: readonly [string, () => string][] = [
      ['..', () => `${calendar}../../bob/x/a.ics`],
      ['. in the middle', () => '/dav/./calendars/alice/'],
      ['encoded dots', () => `${calendar}%2e%2e/a.ics`],
      ['an encoded slash', () => `${calendar}a%2fb.ics`],
      ['an encoded slash in another case', () => `${calendar}a%2Fb.ics`],
      ['an encoded backslash', () => `${calendar}..%5c..%5ca.ics`],
      ['NUL', () => `${calendar}a%00.ics`],
      ['a line end', () => `${calendar}a%0d%0aSet-Cookie:x=1.ics`],
      ['DEL', () => `${calendar}a%7f.ics`],
      ['bad percent-encoding', () => `${calendar}%zz.ics`],
      ['half a percent-encoding', () => `${calendar}a%2`],
      ['bad UTF-8', () => `${calendar}%c3%28.ics`],
      ['overlong UTF-8', () => `${calendar}%c0%ae%c0%ae`],
      ['an empty segment', () => '/dav//calendars/alice/'],
      ['a segment of 256 bytes', () => `${calendar}${'x'.repeat(256)}`],
      ['a segment of 128 letters of two bytes', () => `${calendar}${'%C3%A4'.repeat(128)}`],
      ['a noncharacter', () => `${calendar}%EF%BF%BF.ics`],
    ];
    for (const [what, pathOf] of malformed) {
      it(`${what}: 400, whatever the method`, async () => {
        for (const method of [
          'GET',
          'PUT',
          'DELETE',
          'PROPFIND',
          'PROPPATCH',
          'REPORT',
          'MKCALENDAR',
          'OPTIONS',
          'COPY',
        ]) {
          const chunks = method === 'PUT' ? [event('x')] : [];
          const answer = await raw(method, pathOf(), { headers: { ...calendarType, Depth: '0' }, chunks });
          assert.equal(answer.status, 400, `${method}: ${answer.status}`);
          refusal(answer.body);
        }
        await assertAlive();
      });
    }

    it('a thousand segments, and eight kilobytes of path, are 404', async () => {
      for (const path of [`/dav/calendars/alice${'/a'.repeat(1_000)}`, `/${'a/'.repeat(3_000)}`]) {
        assert.equal((await raw('PROPFIND', path)).status, 404);
      }
    });

    it('is decoded once: %252e%252e is a name, not a way up', async () => {
      const path = `${calendar}%252e%252e`;
      assert.equal((await raw('PUT', path, { headers: calendarType, chunks: [event('dots')] })).status, 201);
      const members = await suite.propfind(calendar, [], { Depth: '1' });
      assert.ok(members.some(({ href }) => href === path));
      await suite.send('DELETE', path);
    });

    it('a query and a fragment are no part of the name', async () => {
      for (const query of ['?', '?sabreAction=asset', '?../..', '?x=/dav/calendars/bob/']) {
        assert.equal((await raw('GET', `${calendar}a.ics${query}`)).status, 200);
      }
    });

    it('an absolute-form target names the same path; another host’s gives nothing away', async () => {
      const answer = await raw('GET', `http://other.example.org${calendar}a.ics`);
      assert.equal(answer.status, 200);
      assert.equal((await raw('GET', 'http://other.example.org/dav/calendars/bob/x/a.ics')).status, 404);
    });
  });

  describe('methods and headers', () => {
    it('method override headers change nothing', async () => {
      for (const header of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
        const answer = await raw('GET', `${calendar}a.ics`, { headers: { [header]: 'DELETE' } });
        assert.equal(answer.body, event('a'));
        assert.equal(
          (await raw('POST', `${calendar}a.ics?_method=DELETE`, { headers: { [header]: 'DELETE' } })).status,
          405,
        );
      }
      await assertAlive();
    });

    it('methods that are not served are 405 with a sentence, and change nothing', async () => {
      for (const method of [
        'POST',
        'PATCH',
        'SEARCH',
        'BIND',
        'TRACE',
        'LINK',
        'PURGE',
        'MERGE',
        'SUBSCRIBE',
      ]) {
        const headers = { Destination: `${suite.server.url}/dav/calendars/alice/stolen/`, Overwrite: 'T' };
        const answer = await raw(method, `${calendar}a.ics`, { headers });
        assert.equal(answer.status, 405, method);
        refusal(answer.body);
      }
      await assertAlive();
    });

    it('TRACE does not echo what was sent', async () => {
      assert.ok(
        !(await raw('TRACE', calendar, { headers: { 'X-Secret': 'abcdef' } })).body.includes('abcdef'),
      );
    });

    it('a wrong Depth is 400 wherever Depth is read', async () => {
      for (const depth of ['2', '-1', '', 'infinite', '0x1', '1;1', '9'.repeat(400)]) {
        for (const [method, body] of [
          ['PROPFIND', ''],
          ['REPORT', calendarQueryBody()],
          ['DELETE', ''],
        ] as const) {
          const answer = await raw(method, calendar, {
            headers: { Depth: depth },
            chunks: body === '' ? [] : [body],
          });
          assert.equal(answer.status, 400, `${method} ${depth}`);
          refusal(answer.body);
        }
      }
      await assertAlive();
    });

    it('a malformed If header is 400, and nothing happens', async () => {
      for (const header of [
        'x',
        '(',
        '()',
        '(<a>',
        '<a>',
        '(Not)',
        '(Not Not <a>)',
        `(${'<urn:x>'.repeat(300)})`,
      ]) {
        const answer = await raw('DELETE', `${calendar}a.ics`, { headers: { If: header } });
        assert.equal(answer.status, 400, header);
        refusal(answer.body);
      }
      await assertAlive();
    });

    it('long lists of tags and strange conditions are conditions that do not hold', async () => {
      for (const value of [
        Array.from({ length: 500 }, (_, index) => `"${index}"`).join(','),
        '"',
        ',,,',
        'W/',
        '"a',
        '\\"',
      ]) {
        assert.equal(
          (await raw('DELETE', `${calendar}a.ics`, { headers: { 'If-Match': value } })).status,
          412,
          value.slice(0, 20),
        );
      }
      await assertAlive();
    });
  });

  describe('RFC 7617: passwords', () => {
    const attempts: readonly [string, string][] = [
      ['five kilobytes', basic('alice', 'x'.repeat(5_000))],
      ['nothing', 'Basic '],
      ['no colon', `Basic ${Buffer.from('alice').toString('base64')}`],
      ['no base64', 'Basic !!!!'],
      ['bad UTF-8', `Basic ${Buffer.from([0x61, 0x3a, 0xc3, 0x28]).toString('base64')}`],
      ['a NUL', basic('alice\u0000', 'x')],
      ['a name like SQL', basic("alice' OR '1'='1", 'x')],
      ['a name like a pattern', basic('.*', 'x')],
      ['an empty password', basic('alice', '')],
      ['a Bearer token', 'Bearer abcdef'],
      ['a scheme that only begins so', 'Basically YTpi'],
    ];
    for (const [what, authorization] of attempts) {
      it(`${what}: 401 with a challenge`, async () => {
        const answer = await sendRaw(suite.server.url, undefined, 'PROPFIND', calendar, {
          headers: { Authorization: authorization },
        });
        assert.equal(answer.status, 401);
        assert.match(
          String(answer.headers['www-authenticate']),
          /^Basic realm="Latchkey calendars", charset="UTF-8"$/,
        );
        await assertAlive();
      });
    }
  });

  it('what a filter carries into the database stays data', async () => {
    for (const value of ["'; DROP TABLE object; --", '%', '_', '\\', '"', '$1', '?', ':name']) {
      const match = `<C:prop-filter name="SUMMARY"><C:text-match>${value.replaceAll('"', '&quot;')}</C:text-match></C:prop-filter>`;
      const body = calendarQueryBody(`<C:comp-filter name="VEVENT">${match}</C:comp-filter>`);
      const answer = await suite.send('REPORT', calendar, { headers: { Depth: '1' }, body });
      assert.deepEqual(multistatus(answer.body), [], value);
    }
    await assertAlive();
  });

  it('markup in names and values comes back escaped', async () => {
    const value = '</D:displayname></D:prop><D:injected xmlns:D="DAV:"/>]]>';
    const path = `/dav/calendars/alice/${encodeURIComponent('<b>&"')}/`;
    assert.equal((await suite.send('MKCALENDAR', path)).status, 201);
    const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    await suite.send('PROPPATCH', path, {
      body: propertyUpdate({ set: `<D:displayname xmlns:D="DAV:">${escaped}</D:displayname>` }),
    });
    const members = await suite.propfind('/dav/calendars/alice/', [dav('displayname')], { Depth: '1' });
    const made = members.find(({ href }) => href === path);
    assert.equal(text(property(made, dav('displayname'))), value);
    const missing = await suite.send('REPORT', path, { body: multigetBody('calendar', ['/"><x>&amp;</x>']) });
    assert.deepEqual(
      multistatus(missing.body).map(({ href }) => href),
      ['/"><x>&amp;</x>'],
    );
  });

  it('time ranges at the ends of time are answered', async () => {
    for (const [start, end] of [
      ['00010101T000000Z', '00010102T000000Z'],
      ['99991231T000000Z', '99991231T235959Z'],
      ['00010101T000000Z', '99991231T235959Z'],
    ]) {
      const body = calendarQueryBody(
        `<C:comp-filter name="VEVENT"><C:time-range start="${start ?? ''}" end="${end ?? ''}"/></C:comp-filter>`,
      );
      assert.equal(
        (await suite.send('REPORT', calendar, { headers: { Depth: '1' }, body })).status,
        207,
        start,
      );
    }
    await assertAlive();
  });

  it('a rule that would be worked at for ever is stored and searched within bounds', async () => {
    const path = await suite.newCollection();
    const rules = [
      'FREQ=SECONDLY',
      'FREQ=SECONDLY;BYMONTH=12',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=DAILY;INTERVAL=999999999;COUNT=999999999',
    ];
    for (const [index, rule] of rules.entries())
      await suite.put(`${path}${index}`, event(`rule-${index}`, { lines: [`RRULE:${rule}`] }));
    const answer = await suite.send('REPORT', path, {
      headers: { Depth: '1' },
      body: calendarQueryBody(
        '<C:comp-filter name="VEVENT"><C:time-range start="20301201T000000Z" end="20301202T000000Z"/></C:comp-filter>',
        [dav('getetag'), caldav('calendar-data')],
      ),
    });
    const found = multistatus(answer.body).map(({ href }) => href.slice(path.length));
    assert.ok(found.includes('0') && found.includes('1'), found.join());
    assert.ok(!found.includes('2') && !found.includes('3'), found.join());
  });

  it('a database that is busy is 503 with Retry-After, never a conflict, and the write can be repeated (client need 33)', async () => {
    const { database } = suite.server;
    const write = database.write.bind(database);
    database.write = () => Promise.reject(new StorageBusyError());
    try {
      for (const [method, path] of [
        ['PUT', `${calendar}busy.ics`],
        ['DELETE', `${calendar}a.ics`],
        ['MKCALENDAR', '/dav/calendars/alice/busy/'],
      ] as const) {
        const body = method === 'PUT' ? { headers: calendarType, body: event('busy') } : {};
        const answer = await suite.send(method, path, body);
        assertRefused(answer, 503);
        assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      }
    } finally {
      database.write = write;
    }
    await suite.put(`${calendar}busy.ics`, event('busy'));
  });
});
