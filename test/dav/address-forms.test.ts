import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { child, children, text } from '../../dav/xml/element.js';
import { carddav, dav } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import type { MemberResponse } from './answers.js';
import { assertRefused, davSuite } from './dav-suite.js';
import { card } from './requests.js';
import type { Answer } from './requests.js';

const apple = card('a', 'Anna', [
  'item1.EMAIL;type=pref:anna@example.org',
  'item1.X-ABLabel:_$!<Home>!$_',
  'BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29',
]);
const thunderbird = [
  'BEGIN:VCARD',
  'VERSION:4.0',
  'UID:b',
  'FN:Berta',
  'N:Beispiel;Berta;;;',
  'EMAIL;PREF=1:berta@example.org',
  'BDAY:--0229',
  'END:VCARD',
  '',
].join('\r\n');
const linesOf = (body: string): string[] => body.replaceAll('\r\n ', '').trim().split(/\r?\n/);

describe('RFC 6352 §5.1.1: GET in the form that Accept asks for', () => {
  const suite = davSuite();
  const get = (
    path: string,
    accept?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> =>
    suite.send('GET', path, { headers: { ...(accept === undefined ? {} : { Accept: accept }), ...headers } });

  it('the bytes as they came, unless another form is named: never 4.0 unasked (client needs 19, 49)', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    await suite.put(`${path}4`, thunderbird);
    for (const accept of [
      undefined,
      '',
      '*/*',
      'text/*',
      'text/vcard',
      'text/x-vcard',
      'text/directory',
      'text/vcard;charset=utf-8',
      'text/vcard;version=2.1, text/vcard;q=0.1',
      'application/vcard+json;q=0.5, text/vcard',
      'text/html, application/xhtml+xml, */*;q=0.8',
    ])
      for (const [name, stored] of [
        ['3', apple],
        ['4', thunderbird],
      ] as const) {
        const answer = await get(path + name, accept);
        assert.equal(answer.status, 200, accept);
        assert.equal(answer.body, stored, accept);
        assert.equal(answer.headers.get('content-type'), 'text/vcard; charset=utf-8');
        assert.equal(answer.headers.get('vary'), 'Accept');
      }
  });

  it('another version of vCard, each way', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    await suite.put(`${path}4`, thunderbird);
    const newer = await get(`${path}3`, 'text/vcard; version=4.0, text/vcard; q=0.5');
    assert.equal(newer.headers.get('content-type'), 'text/vcard; charset=utf-8; version=4.0');
    assert.deepEqual(linesOf(newer.body), [
      'BEGIN:VCARD',
      'VERSION:4.0',
      'UID;VALUE=text:a',
      'FN:Anna',
      'N:Example;Anna;;;',
      'item1.EMAIL;PREF=1:anna@example.org',
      'item1.X-ABLabel:_$!<Home>!$_',
      'BDAY:--0229',
      'END:VCARD',
    ]);
    const older = await get(`${path}4`, 'text/vcard;version="3.0"');
    assert.deepEqual(linesOf(older.body).slice(1), [
      'VERSION:3.0',
      'UID:b',
      'FN:Berta',
      'N:Beispiel;Berta;;;',
      'EMAIL;TYPE=pref:berta@example.org',
      'BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-02-29',
      'END:VCARD',
    ]);
    assert.equal((await get(`${path}4`, 'text/vcard;version=4.0')).body, thunderbird);
  });

  it('RFC 7095, RFC 6351: jCard and xCard', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    const json = await get(`${path}3`, 'application/vcard+json');
    assert.equal(json.headers.get('content-type'), 'application/vcard+json; version=4.0');
    assert.deepEqual((JSON.parse(json.body) as unknown[])[0], 'vcard');
    const xml = await get(`${path}3`, 'application/vcard+xml');
    assert.equal(xml.headers.get('content-type'), 'application/vcard+xml; charset=utf-8; version=4.0');
    assert.match(xml.body, /<bday><date>--0229<\/date><\/bday>/);
    const head = await suite.send('HEAD', `${path}3`, { headers: { Accept: 'application/vcard+json' } });
    assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(json.body)));
    assert.equal(head.headers.get('etag'), json.headers.get('etag'));
  });

  it('RFC 9110 §8.8.3: each form has a tag of its own, and each is good for If-Match', async () => {
    const path = await suite.newCollection('addressbooks');
    const etag = await suite.put(`${path}3`, apple);
    const tags = new Map<string, string>();
    for (const accept of [
      'text/vcard',
      'text/vcard;version=4.0',
      'application/vcard+json',
      'application/vcard+xml',
    ])
      tags.set(accept, (await get(`${path}3`, accept)).headers.get('etag') ?? '');
    assert.equal(new Set(tags.values()).size, 4);
    assert.equal(tags.get('text/vcard'), etag);
    for (const [accept, tag] of tags) {
      assert.equal((await get(`${path}3`, accept, { 'If-None-Match': tag })).status, 304, accept);
      const other = accept === 'text/vcard' ? 'application/vcard+json' : 'text/vcard';
      assert.equal((await get(`${path}3`, other, { 'If-None-Match': tag })).status, 200, accept);
    }
    const stale = await suite.send('PUT', `${path}3`, {
      headers: { 'If-Match': 'W/"other.json"', 'Content-Type': 'text/vcard' },
      body: apple,
    });
    assertRefused(stale, 412);
    await suite.put(`${path}3`, `${apple}\r\n`, { 'If-Match': tags.get('application/vcard+json') ?? '' });
  });

  it('§5.1.1.1: none that there is, or a card that cannot be converted', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    const conversion = carddav('supported-address-data-conversion');
    for (const accept of ['text/html', 'text/vcard;version=2.1', 'text/vcard;q=0', 'application/json'])
      assertRefused(await get(`${path}3`, accept), 406, conversion, accept);
    await suite.put(`${path}x`, card('x', 'Xaver', ['XML:<unclosed>']));
    assertRefused(await get(`${path}x`, 'application/vcard+xml'), 406, conversion);
    assert.equal((await get(`${path}x`, 'application/vcard+json')).status, 200);
  });
});

describe('RFC 6352 §10.4: address-data in the form that a report asks for', () => {
  const suite = davSuite();
  const report = async (
    path: string,
    names: readonly string[],
    attributes: string,
    content = '',
  ): Promise<MemberResponse[]> => {
    const wanted = element(dav('getetag'), '') + element(carddav('address-data'), content, attributes);
    const body = document(
      carddav('addressbook-multiget'),
      element(dav('prop'), wanted) + names.map((name) => element(dav('href'), path + name)).join(''),
    );
    const answer = await suite.send('REPORT', path, { body });
    assert.equal(answer.status, 207, answer.body);
    return multistatus(answer.body);
  };
  const dataOf = (response: MemberResponse | undefined): string =>
    text(property(response, carddav('address-data')));

  it('as stored without a version, in that version with one', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    await suite.put(`${path}4`, thunderbird);
    for (const [attributes, versions] of [
      ['', ['3.0', '4.0']],
      [' content-type="text/vcard"', ['3.0', '4.0']],
      [' content-type="TEXT/VCARD" version="3.0"', ['3.0', '3.0']],
      [' version="4.0"', ['4.0', '4.0']],
      [' content-type="text/vcard; version=4.0"', ['4.0', '4.0']],
    ] as const) {
      const responses = await report(path, ['3', '4'], attributes);
      assert.deepEqual(
        responses.map((response) => /^VERSION:(.*)\r$/m.exec(dataOf(response))?.[1]),
        versions,
        attributes,
      );
    }
    const [stored] = await report(path, ['4'], ' version="4.0"');
    assert.equal(dataOf(stored), thunderbird);
  });

  it('jCard and xCard, and parts of them', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    const [whole] = await report(path, ['3'], ' content-type="application/vcard+json" version="4.0"');
    assert.equal((JSON.parse(dataOf(whole)) as unknown[][])[1]?.length, 7);
    const some =
      element(carddav('prop'), '', ' name="FN"') + element(carddav('prop'), '', ' name="BDAY" novalue="yes"');
    const [parts] = await report(path, ['3'], ' content-type="application/vcard+json"', some);
    assert.deepEqual(JSON.parse(dataOf(parts)), [
      'vcard',
      [
        ['version', {}, 'text', '4.0'],
        ['fn', {}, 'text', 'Anna'],
        ['bday', {}, 'date-and-or-time', ''],
      ],
    ]);
    const [xml] = await report(path, ['3'], ' content-type="application/vcard+xml"', some);
    assert.match(dataOf(xml), /<vcard><fn><text>Anna<\/text><\/fn><bday>/);
    const [converted] = await report(path, ['3'], ' version="4.0"', some);
    assert.deepEqual(linesOf(dataOf(converted)), [
      'BEGIN:VCARD',
      'VERSION:4.0',
      'FN:Anna',
      'BDAY:',
      'END:VCARD',
    ]);
    const [all] = await report(path, ['3'], '', element(carddav('allprop'), ''));
    assert.equal(dataOf(all), apple);
  });

  it('§8.7.2: a card that cannot be converted is 415 in its own response, the others come', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}x`, card('x', 'Xaver', ['XML:<unclosed>']));
    await suite.put(`${path}3`, apple);
    const [failed, good, missing] = await report(
      path,
      ['x', '3', 'none'],
      ' content-type="application/vcard+xml"',
    );
    assert.equal(failed?.status, 415);
    assert.equal(failed.errors[0], carddav('supported-address-data-conversion'));
    assert.deepEqual(failed.order, []);
    assert.deepEqual(good?.order, [200]);
    assert.equal(missing?.status, 404);
  });

  it('says which form it is, where one was asked for', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    const [json] = await report(path, ['3'], ' content-type="application/vcard+json"');
    assert.deepEqual(
      [...property(json, carddav('address-data')).attributes],
      [
        ['content-type', 'application/vcard+json'],
        ['version', '4.0'],
      ],
    );
    const [stored] = await report(path, ['3'], '');
    assert.deepEqual([...property(stored, carddav('address-data')).attributes], []);
  });

  it('§8: both reports are answered on a card too, about that card alone', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}3`, apple);
    await suite.put(`${path}4`, thunderbird);
    const etag = element(dav('prop'), element(dav('getetag'), ''));
    const hrefs = ['3', '4'].map((name) => element(dav('href'), path + name)).join('');
    const multiget = await suite.send('REPORT', `${path}3`, {
      body: document(carddav('addressbook-multiget'), etag + hrefs),
    });
    assert.deepEqual(
      multistatus(multiget.body).map(({ href, status }) => [href, status]),
      [
        [`${path}3`, undefined],
        [`${path}4`, 404],
      ],
    );
    const query = async (name: string, sought: string): Promise<string[]> => {
      const match = element(carddav('text-match'), sought);
      const filter = element(carddav('filter'), element(carddav('prop-filter'), match, ' name="FN"'));
      const answer = await suite.send('REPORT', path + name, {
        headers: { Depth: '0' },
        body: document(carddav('addressbook-query'), etag + filter),
      });
      return multistatus(answer.body).map(({ href }) => href);
    };
    assert.deepEqual(await query('3', 'a'), [`${path}3`]);
    assert.deepEqual(await query('3', 'berta'), []);
    const [card] = await suite.propfind(`${path}3`, [dav('supported-report-set')]);
    const reports = children(property(card, dav('supported-report-set'))).flatMap((supported) =>
      children(supported).flatMap((each) => children(each).map(({ name }) => name)),
    );
    for (const name of ['addressbook-multiget', 'addressbook-query'])
      assert.ok(reports.includes(carddav(name)), name);
  });

  it('a form that there is not is refused as a whole', async () => {
    const path = await suite.newCollection('addressbooks');
    for (const attributes of [
      ' version="2.1"',
      ' content-type="application/vcard+json" version="3.0"',
      ' content-type="text/html"',
    ]) {
      const body = document(
        carddav('addressbook-multiget'),
        element(dav('prop'), element(carddav('address-data'), '', attributes)) +
          element(dav('href'), `${path}a`),
      );
      assertRefused(
        await suite.send('REPORT', path, { body }),
        403,
        carddav('supported-address-data'),
        attributes,
      );
    }
  });
});

describe('RFC 6352 §5.1.1, §6.2.2: what is advertised is taken', () => {
  const suite = davSuite();
  const jcard = (name: string): string =>
    JSON.stringify([
      'vcard',
      [
        ['version', {}, 'text', '4.0'],
        ['uid', {}, 'text', 'j'],
        ['fn', {}, 'text', name],
      ],
    ]);
  const xcard = (name: string): string =>
    `<vcards xmlns="urn:ietf:params:xml:ns:vcard-4.0"><vcard><uid><uri>urn:uuid:1</uri></uid><fn><text>${name}</text></fn></vcard></vcards>`;

  for (const [type, body] of [
    ['application/vcard+json', jcard('Anna')],
    ['application/vcard+xml; charset=utf-8', xcard('Anna')],
  ] as const)
    it(`${type} is stored as vCard 4.0, and so without ETag in the answer (§6.3.2.3)`, async () => {
      const path = await suite.newCollection('addressbooks');
      const answer = await suite.send('PUT', `${path}a`, { headers: { 'Content-Type': type }, body });
      assert.equal(answer.status, 201, answer.body);
      assert.equal(answer.headers.get('etag'), null);
      const stored = await suite.send('GET', `${path}a`);
      assert.deepEqual(linesOf(stored.body).slice(0, 2), ['BEGIN:VCARD', 'VERSION:4.0']);
      assert.ok(linesOf(stored.body).includes('FN:Anna'));
      const found = await suite.send('REPORT', path, {
        body: document(
          carddav('addressbook-query'),
          element(dav('prop'), element(dav('getetag'), '')) +
            element(
              carddav('filter'),
              element(carddav('prop-filter'), element(carddav('text-match'), 'anna'), ' name="FN"'),
            ),
        ),
      });
      const [response] = multistatus(found.body);
      assert.equal(text(property(response, dav('getetag'))), stored.headers.get('etag'));
    });

  it('a large one is read in the thread, and stored all the same', async () => {
    const path = await suite.newCollection('addressbooks');
    const photo = `data:image/jpeg;base64,${'QUJD'.repeat(200_000)}`;
    const body = JSON.stringify([
      'vcard',
      [
        ['fn', {}, 'text', 'Anna'],
        ['photo', {}, 'uri', photo],
      ],
    ]);
    const answer = await suite.send('PUT', `${path}a`, {
      headers: { 'Content-Type': 'application/vcard+json' },
      body,
    });
    assert.equal(answer.status, 201, answer.body);
    const stored = await suite.send('GET', `${path}a`);
    assert.ok(stored.body.replaceAll('\r\n ', '').includes(photo));
    const older = await suite.send('GET', `${path}a`, { headers: { Accept: 'text/vcard;version=3.0' } });
    assert.match(older.body, /^PHOTO;ENCODING=b;TYPE=JPEG:QUJD/m);
  });

  it('large cards are converted in a thread, and refused there as elsewhere', async () => {
    const path = await suite.newCollection('addressbooks');
    const photo = `PHOTO;ENCODING=b;TYPE=PNG:${'QUJD'.repeat(100_000)}`;
    await suite.put(`${path}good`, card('good', 'Anna', [photo]));
    await suite.put(`${path}bad`, card('bad', 'Anna', [photo, 'XML:<unclosed>']));
    const all = ['good', 'bad'].map((name) => element(dav('href'), path + name)).join('');
    const data = element(carddav('address-data'), '', ' content-type="application/vcard+xml"');
    const answer = await suite.send('REPORT', path, {
      body: document(carddav('addressbook-multiget'), element(dav('prop'), data) + all),
    });
    const [good, bad] = multistatus(answer.body);
    assert.match(text(property(good, carddav('address-data'))), /<uri>data:image\/png;base64,QUJD/);
    assert.equal(bad?.status, 415);
    const headers = { Accept: 'application/vcard+xml' };
    assertRefused(
      await suite.send('GET', `${path}bad`, { headers }),
      406,
      carddav('supported-address-data-conversion'),
    );
  });

  it('a body that is no UTF-8 is refused', async () => {
    const path = await suite.newCollection('addressbooks');
    const answer = await suite.send('PUT', `${path}a`, {
      headers: { 'Content-Type': 'application/vcard+json' },
      body: Buffer.from(jcard('Müller'), 'latin1'),
    });
    assertRefused(answer, 403, carddav('valid-address-data'));
  });
});

describe('RFC 6352 §7.1.2: principal-address', () => {
  const suite = davSuite();

  it('is set by the client, on one of its cards', async () => {
    const path = await suite.newCollection('addressbooks');
    await suite.put(`${path}me`, apple);
    const value = element(carddav('principal-address'), element(dav('href'), `${path}me`));
    const body = document(dav('propertyupdate'), element(dav('set'), element(dav('prop'), value)));
    assert.equal((await suite.send('PROPPATCH', '/dav/principals/alice/', { body })).status, 207);
    const [response] = await suite.propfind('/dav/principals/alice/', [carddav('principal-address')]);
    const href = child(property(response, carddav('principal-address')), dav('href'));
    assert.ok(href);
    assert.equal(text(href), `${path}me`);
  });
});
