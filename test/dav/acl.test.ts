import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { child, children, childrenNamed, text } from '../../dav/xml/element.js';
import type { XmlElement } from '../../dav/xml/element.js';
import { calendarServer, caldav, carddav, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, only, parse, property } from './answers.js';
import type { MemberResponse } from './answers.js';
import { propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { DavSuite } from './dav-suite.js';
import type { Device } from './dav-server.js';
import { event } from './requests.js';

const prop = (...names: readonly Name[]): string =>
  element(dav('prop'), names.map((each) => element(each, '')).join(''));

async function report(
  suite: DavSuite,
  path: string,
  root: Name,
  content: string,
  device?: Device,
): Promise<MemberResponse[]> {
  const answer = await suite.send(
    'REPORT',
    path,
    { headers: { Depth: '0' }, body: document(root, content) },
    device,
  );
  assert.equal(answer.status, 207, answer.body);
  return multistatus(answer.body);
}
const hrefsOf = (responses: readonly MemberResponse[]): string[] => responses.map(({ href }) => href);
const propertySearch = (sought: string, ...names: readonly Name[]): string =>
  element(dav('property-search'), prop(...names) + element(dav('match'), sought));

describe('RFC 3744: access control, the reading side', () => {
  const suite = davSuite();
  let calendar: string;
  before(async () => {
    calendar = await suite.firstCollection();
    await suite.put(`${calendar}a.ics`, event('a'));
  });
  const value = async (path: string, name: Name): Promise<XmlElement> => {
    const [found] = await suite.propfind(path, [name]);
    return property(found, name);
  };
  const everywhere = (): string[] => [
    ...['/', '/dav/', '/dav/principals/', '/dav/principals/alice/', '/dav/calendars/alice/'],
    ...['/dav/addressbooks/alice/', calendar, `${calendar}a.ics`],
  ];
  const privilegesIn = (parent: XmlElement): Name[] =>
    childrenNamed(parent, dav('privilege')).flatMap((each) => children(each).map(({ name }) => name));

  it('§5.1, §5.2: the owner is the account; there are no groups', async () => {
    for (const path of ['/dav/calendars/alice/', calendar, `${calendar}a.ics`]) {
      assert.equal(text(only(await value(path, dav('owner')), dav('href'))), '/dav/principals/alice/');
      assert.deepEqual((await value(path, dav('group'))).content, []);
    }
  });

  /** The names in a tree of supported privileges, abstract ones apart. */
  function collect(tree: XmlElement, named: Name[], abstract: Name[]): void {
    for (const privilege of childrenNamed(tree, dav('supported-privilege'))) {
      const [name] = privilegesIn(privilege);
      assert.ok(name);
      (child(privilege, dav('abstract')) === undefined ? named : abstract).push(name);
      const description = only(privilege, dav('description'));
      assert.notEqual(text(description), '');
      assert.equal(description.attributes.get('{http://www.w3.org/XML/1998/namespace}lang'), 'en');
      collect(privilege, named, abstract);
    }
  }

  it('§5.3, §5.4: every privilege that one has is a supported one that is not abstract', async () => {
    for (const path of everywhere()) {
      const named: Name[] = [];
      const abstract: Name[] = [];
      collect(await value(path, dav('supported-privilege-set')), named, abstract);
      const own = privilegesIn(await value(path, dav('current-user-privilege-set')));
      assert.deepEqual([...own].sort(), [...named].sort(), path);
      assert.ok(abstract.includes(dav('all')) && abstract.includes(dav('write-acl')), path);
    }
  });

  it('§3.12: write contains its parts, read contains read-free-busy on calendars (RFC 4791 §6.1.1)', async () => {
    const set = await value(calendar, dav('supported-privilege-set'));
    const [all] = childrenNamed(set, dav('supported-privilege'));
    assert.ok(all);
    const parts = (aggregate: Name): Name[] => {
      const found = childrenNamed(all, dav('supported-privilege')).find(
        (each) => privilegesIn(each)[0] === aggregate,
      );
      assert.ok(found);
      return childrenNamed(found, dav('supported-privilege')).flatMap(privilegesIn);
    };
    assert.deepEqual(
      parts(dav('write')).sort(),
      ['bind', 'unbind', 'write-content', 'write-properties'].map(dav),
    );
    assert.ok(parts(dav('read')).includes(caldav('read-free-busy')));
  });

  it('§5.5: the owner has every privilege, by an entry that is protected', async () => {
    for (const path of [calendar, `${calendar}a.ics`, '/dav/calendars/alice/']) {
      const entry = only(await value(path, dav('acl')), dav('ace'));
      assert.ok(child(only(only(entry, dav('principal')), dav('property')), dav('owner')));
      assert.ok(child(entry, dav('protected')));
      const granted = privilegesIn(only(entry, dav('grant')));
      assert.deepEqual(granted, privilegesIn(await value(path, dav('current-user-privilege-set'))));
    }
    const entry = only(await value('/dav/', dav('acl')), dav('ace'));
    assert.ok(child(only(entry, dav('principal')), dav('authenticated')));
  });

  it('§5.6, §5.7: grants only; no list limits another', async () => {
    for (const path of everywhere()) {
      assert.deepEqual(
        children(await value(path, dav('acl-restrictions'))).map(({ name }) => name),
        [dav('grant-only'), dav('no-invert')],
      );
      assert.deepEqual((await value(path, dav('inherited-acl-set'))).content, []);
    }
  });

  it('§4: a principal has a name, its own URL, and is in no group', async () => {
    const names = [
      'displayname',
      'principal-URL',
      'alternate-URI-set',
      'group-member-set',
      'group-membership',
    ].map(dav);
    const [found] = await suite.propfind('/dav/principals/alice/', names);
    assert.notEqual(text(property(found, dav('displayname'))), '');
    for (const name of names) assert.ok(found?.properties.get(200)?.has(name), name);
  });

  it('none of them can be set: cannot-modify-protected-property', async () => {
    for (const local of [
      'owner',
      'group',
      'supported-privilege-set',
      'acl',
      'acl-restrictions',
      'inherited-acl-set',
    ]) {
      const body = propertyUpdate({ set: element(dav(local), '') });
      const [response] = multistatus((await suite.send('PROPPATCH', calendar, { body })).body);
      assert.deepEqual([...(response?.properties.keys() ?? [])], [403], local);
      assert.ok(response?.errors.includes(dav('cannot-modify-protected-property')));
    }
  });

  it('none of them is in allprop', async () => {
    const answer = await suite.send('PROPFIND', calendar, { headers: { Depth: '0' } });
    const names = [...(multistatus(answer.body)[0]?.properties.get(200)?.keys() ?? [])];
    for (const local of ['owner', 'group', 'acl', 'supported-privilege-set', 'current-user-privilege-set'])
      assert.ok(!names.includes(dav(local)), local);
  });

  it('§8.1 ACL needs DAV:write-acl, which nobody has', async () => {
    const body = document(dav('acl'), '');
    for (const path of [calendar, `${calendar}a.ics`, '/dav/'])
      assertRefused(await suite.send('ACL', path, { body }), 403, dav('need-privileges'));
    assertRefused(await suite.send('ACL', `${calendar}missing`, { body }), 404);
  });

  it('§9.2 acl-principal-prop-set: the principals of the list, each once', async () => {
    for (const path of [calendar, `${calendar}a.ics`, '/dav/addressbooks/alice/']) {
      const found = await report(suite, path, dav('acl-principal-prop-set'), prop(dav('displayname')));
      assert.deepEqual(hrefsOf(found), ['/dav/principals/alice/']);
      assert.equal(text(property(found[0], dav('displayname'))), 'alice');
    }
    assert.deepEqual(
      await report(suite, '/dav/', dav('acl-principal-prop-set'), prop(dav('displayname'))),
      [],
    );
  });

  describe('§9.3 principal-match', () => {
    it('self: the principal of the user, below the collection asked', async () => {
      for (const path of ['/', '/dav/', '/dav/principals/']) {
        const found = await report(
          suite,
          path,
          dav('principal-match'),
          element(dav('self'), '') + prop(dav('displayname')),
        );
        assert.deepEqual(hrefsOf(found), ['/dav/principals/alice/'], path);
      }
      assert.deepEqual(await report(suite, calendar, dav('principal-match'), element(dav('self'), '')), []);
    });

    it('principal-property: the members whose property names the user, at any depth; without prop a status', async () => {
      const owner = element(dav('principal-property'), element(dav('owner'), ''));
      const found = await report(suite, '/dav/calendars/', dav('principal-match'), owner);
      assert.deepEqual(hrefsOf(found), ['/dav/calendars/alice/', calendar, `${calendar}a.ics`]);
      assert.deepEqual(new Set(found.map(({ status }) => status)), new Set([200]));
    });

    it('without either is 400, and so is another Depth than 0', async () => {
      const body = document(dav('principal-match'), prop(dav('owner')));
      assertRefused(await suite.send('REPORT', '/dav/', { body }), 400);
      const whole = document(dav('principal-match'), element(dav('self'), ''));
      assertRefused(await suite.send('REPORT', '/dav/', { headers: { Depth: '1' }, body: whole }), 400);
    });
  });

  it('§9.5 principal-search-property-set: what can be searched, with a description', async () => {
    for (const path of ['/', '/dav/principals/']) {
      const answer = await suite.send('REPORT', path, {
        body: document(dav('principal-search-property-set'), ''),
      });
      assert.equal(answer.status, 200);
      const root = parse(answer.body);
      assert.equal(root.name, dav('principal-search-property-set'));
      const names = childrenNamed(root, dav('principal-search-property')).map((each) => {
        assert.notEqual(text(only(each, dav('description'))), '');
        return children(only(each, dav('prop')))[0]?.name;
      });
      assert.deepEqual(names, [
        dav('displayname'),
        calendarServer('email-address-set'),
        caldav('calendar-user-address-set'),
      ]);
    }
  });

  describe('RFC 3253 §3.8 expand-property', () => {
    const expanded = (local: string, inside: string, namespace = ''): string =>
      element(
        dav('property'),
        inside,
        ` name="${local}"${namespace === '' ? '' : ` namespace="${namespace}"`}`,
      );

    it('replaces hrefs by responses about what they lead to, several levels deep', async () => {
      const home = expanded('calendar-home-set', expanded('owner', ''), 'urn:ietf:params:xml:ns:caldav');
      const content = expanded('owner', expanded('displayname', '') + home) + expanded('displayname', '');
      const [found] = await report(suite, calendar, dav('expand-property'), content);
      const inner = only(property(found, dav('owner')), dav('response'));
      assert.equal(text(only(inner, dav('href'))), '/dav/principals/alice/');
      const properties = only(only(inner, dav('propstat')), dav('prop'));
      assert.equal(text(only(properties, dav('displayname'))), 'alice');
      const innermost = only(only(properties, caldav('calendar-home-set')), dav('response'));
      assert.equal(text(only(innermost, dav('href'))), '/dav/calendars/alice/');
      assert.ok(child(only(only(innermost, dav('propstat')), dav('prop')), dav('owner')));
      assert.ok(property(found, dav('displayname')));
    });

    it('what is not there is a 404 propstat, as in PROPFIND (client need 18)', async () => {
      const content = expanded('proxy-of', expanded('displayname', ''), 'http://calendarserver.org/ns/');
      const [found] = await report(suite, '/dav/principals/alice/', dav('expand-property'), content);
      assert.ok(found?.properties.get(404)?.has(calendarServer('proxy-of')));
    });

    it('a property without name, and deeper than allowed, is 400', async () => {
      const noName = document(dav('expand-property'), element(dav('property'), ''));
      assertRefused(await suite.send('REPORT', calendar, { body: noName }), 400);
      let deep = '';
      for (let level = 0; level < 12; level += 1) deep = expanded('owner', deep);
      const body = document(dav('expand-property'), deep);
      assertRefused(await suite.send('REPORT', calendar, { body }), 400);
    });
  });

  it('OPTIONS names access-control (§7.2), and the reports are advertised', async () => {
    const answer = await suite.send('OPTIONS', calendar);
    assert.ok((answer.headers.get('dav') ?? '').split(', ').includes('access-control'));
    const set = await value('/dav/principals/', dav('supported-report-set'));
    const reports = childrenNamed(set, dav('supported-report')).map(
      (each) => children(only(each, dav('report')))[0]?.name,
    );
    for (const local of [
      ...['acl-principal-prop-set', 'principal-match', 'principal-property-search'],
      ...['principal-search-property-set', 'expand-property'],
    ])
      assert.ok(reports.includes(dav(local)), local);
  });
});

describe('RFC 3744 §9.2, §9.4: DAV:number-of-matches-within-limits', () => {
  const suite = davSuite({ directory: 'all', limits: { maxResults: 2 } });
  before(async () => {
    for (const name of ['bob', 'carol']) await suite.server.addUser(name);
  });

  it('more principals than are told end with 507 on the request-URI', async () => {
    const found = await report(
      suite,
      '/dav/principals/',
      dav('principal-property-search'),
      propertySearch('', dav('displayname')) + prop(dav('displayname')),
    );
    assert.deepEqual(
      found.map(({ href, status, errors }) => [href, status, errors]),
      [
        ['/dav/principals/alice/', undefined, []],
        ['/dav/principals/bob/', undefined, []],
        ['/dav/principals/', 507, [dav('number-of-matches-within-limits')]],
      ],
    );
  });
});

for (const directory of ['none', 'shared', 'all'] as const) {
  describe(`RFC 3744 §9.4 principal-property-search with LATCHKEY_DIRECTORY=${directory}`, () => {
    const suite = davSuite({ directory });
    before(async () => {
      await suite.server.addUser('bob');
      await suite.server.addUser('Bodil');
      const gone = await suite.server.addUser('boris');
      await suite.server.auth.accounts.disable(gone.id, { kind: 'shell' });
    });
    const all = directory === 'all';
    const search = (content: string, path = '/dav/principals/', device?: Device): Promise<MemberResponse[]> =>
      report(suite, path, dav('principal-property-search'), content + prop(dav('displayname')), device);

    it('finds by a part of the name, without regard to case, what the directory shows', async () => {
      const found = await search(propertySearch('BO', dav('displayname')));
      assert.deepEqual(hrefsOf(found), all ? ['/dav/principals/bob/', '/dav/principals/Bodil/'] : []);
      assert.deepEqual(hrefsOf(await search(propertySearch('lic', dav('displayname')))), [
        '/dav/principals/alice/',
      ]);
    });

    it('several conditions must all hold, or any where Apple asks so (client need 18)', async () => {
      const both = propertySearch('bo', dav('displayname')) + propertySearch('dil', dav('displayname'));
      assert.deepEqual(hrefsOf(await search(both)), all ? ['/dav/principals/Bodil/'] : []);
      const body = document(
        dav('principal-property-search'),
        propertySearch('x', dav('displayname')) + propertySearch('ali', dav('displayname')),
      ).replace('<D:principal-property-search', '<D:principal-property-search test="anyof"');
      const answer = await suite.send('REPORT', '/dav/calendars/alice/', { body });
      assert.deepEqual(hrefsOf(multistatus(answer.body)), ['/dav/principals/alice/']);
    });

    it('a property that cannot be searched matches nobody', async () => {
      assert.deepEqual(await search(propertySearch('a', dav('resourcetype'))), []);
    });

    it('a search that says nothing is 400', async () => {
      const body = document(dav('principal-property-search'), prop(dav('displayname')));
      assertRefused(await suite.send('REPORT', '/dav/principals/', { body }), 400);
    });

    it("another's principal is there exactly where the directory shows it, and is not written to", async () => {
      const names = [dav('displayname'), caldav('calendar-home-set'), carddav('addressbook-home-set')];
      const body = document(dav('propfind'), prop(...names));
      const answer = await suite.send('PROPFIND', '/dav/principals/bob/', { headers: { Depth: '0' }, body });
      assert.equal(answer.status, all ? 207 : 404);
      const patch = propertyUpdate({ set: element(dav('displayname'), 'x') });
      const refused = await suite.send('PROPPATCH', '/dav/principals/bob/', { body: patch });
      if (!all) return assertRefused(refused, 404);
      assertRefused(refused, 403, dav('need-privileges'));
      const [found] = multistatus(answer.body);
      assert.equal(text(property(found, dav('displayname'))), 'bob');
      assert.deepEqual([...(found?.properties.get(404)?.keys() ?? [])], names.slice(1));
      const allowed = (await suite.send('OPTIONS', '/dav/principals/bob/')).headers.get('allow') ?? '';
      assert.ok(!allowed.includes('PROPPATCH'));
      for (const path of ['/dav/calendars/bob/', '/dav/principals/boris/', '/dav/principals/nobody/'])
        assertRefused(await suite.send('PROPFIND', path, { headers: { Depth: '0' } }), 404);
    });
  });
}
