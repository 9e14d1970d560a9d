/** Groups as principals, and whom they let find each other. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { children, childrenNamed, text } from '../../dav/xml/element.js';
import { calendarServer, dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { document, element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { propertyUpdate } from './bodies.js';
import { assertRefused, davSuite } from './dav-suite.js';
import type { DavSuite } from './dav-suite.js';
import type { Device } from './dav-server.js';

const shell = { kind: 'shell' } as const;
const prop = (...names: readonly Name[]): string =>
  element(dav('prop'), names.map((each) => element(each, '')).join(''));

/** alice and bob are the family, bob and carol the club; dora is in neither, and eve, disabled, in the family. */
async function furnish({ server }: DavSuite): Promise<Map<string, Device>> {
  const devices = new Map<string, Device>();
  for (const name of ['bob', 'carol', 'dora', 'eve']) devices.set(name, (await server.addUser(name)).device);
  const { groups, accounts } = server.auth;
  const id = async (name: string) => (await accounts.find(name))?.id ?? assert.fail(name);
  await groups.create({ name: 'Family', displayName: 'The <family>' }, shell);
  await groups.create({ name: 'club' }, shell);
  for (const name of ['alice', 'bob', 'eve']) await groups.add('family', await id(name), shell);
  for (const name of ['bob', 'carol']) await groups.add('club', await id(name), shell);
  await accounts.disable(await id('eve'), shell);
  return devices;
}

for (const directory of ['none', 'shared', 'all'] as const) {
  describe(`RFC 3744 §2, §4: groups, with LATCHKEY_DIRECTORY=${directory}`, () => {
    const suite = davSuite({ directory });
    let devices: Map<string, Device>;
    before(async () => {
      devices = await furnish(suite);
    });
    const by = (name: string): Device =>
      name === 'alice' ? suite.device : (devices.get(name) ?? assert.fail());
    const hrefs = async (path: string, name: Name, who: string): Promise<string[] | undefined> => {
      const answer = await suite.send(
        'PROPFIND',
        path,
        { headers: { Depth: '0' }, body: document(dav('propfind'), prop(name)) },
        by(who),
      );
      if (answer.status === 404) return undefined;
      const value = property(multistatus(answer.body)[0], name);
      return childrenNamed(value, dav('href')).map(text);
    };
    const principal = (name: string): string => `/dav/principals/${name}/`;
    const shown = directory !== 'none';

    it('§4.4 group-membership: the groups of one’s own, each with an address', async () => {
      const own = ['/dav/principals/@Family/', '/dav/principals/@club/'].sort();
      const of = async (name: string) =>
        (await hrefs(principal(name), dav('group-membership'), name))?.sort();
      assert.deepEqual(await of('bob'), shown ? own : []);
      assert.deepEqual(await of('alice'), shown ? ['/dav/principals/@Family/'] : []);
      assert.deepEqual(await of('dora'), []);
    });

    it('§4.4 of somebody else: those that the asker sees too', async () => {
      const ofBob = await hrefs(principal('bob'), dav('group-membership'), 'alice');
      if (directory === 'none') assert.equal(ofBob, undefined);
      if (directory === 'shared') assert.deepEqual(ofBob, ['/dav/principals/@Family/']);
      if (directory === 'all') assert.equal(ofBob?.length, 2);
    });

    it('§4.3 group-member-set: its members that are not disabled, to whoever sees the group', async () => {
      const of = (who: string) => hrefs('/dav/principals/@family/', dav('group-member-set'), who);
      const members = ['alice', 'bob'].map(principal);
      assert.deepEqual(await of('alice'), shown ? members : undefined);
      assert.deepEqual(await of('dora'), directory === 'all' ? members : undefined);
      assert.equal(await hrefs('/dav/principals/@nobody/', dav('group-member-set'), 'alice'), undefined);
      assert.deepEqual(await hrefs(principal('alice'), dav('group-member-set'), 'alice'), []);
    });

    it('principals are found by those who are in a group with them', async () => {
      const sees = async (who: string): Promise<string[]> => {
        const names = ['alice', 'bob', 'carol', 'dora', 'eve'];
        const found = await Promise.all(
          names.map(async (name) => (await hrefs(principal(name), dav('principal-URL'), who)) !== undefined),
        );
        return names.filter((_, index) => found[index]);
      };
      const everybody = ['alice', 'bob', 'carol', 'dora'];
      const expected = { none: ['alice'], shared: ['alice', 'bob'], all: everybody }[directory];
      assert.deepEqual(await sees('alice'), expected);
      assert.deepEqual(await sees('dora'), directory === 'all' ? everybody : ['dora']);
    });

    it('§9.4 principal-property-search finds groups and those in them, each once', async () => {
      const search = async (sought: string, who: string): Promise<string[]> => {
        const content =
          element(dav('property-search'), prop(dav('displayname')) + element(dav('match'), sought)) +
          prop(dav('displayname'));
        const body = document(dav('principal-property-search'), content);
        const answer = await suite.send('REPORT', '/dav/principals/', { body }, by(who));
        assert.equal(answer.status, 207);
        return multistatus(answer.body).map(({ href }) => href);
      };
      const forBob = {
        none: ['bob'],
        shared: ['bob', '@club', '@Family', 'carol', 'alice'],
        all: ['bob', '@club', '@Family', 'alice', 'carol', 'dora'],
      }[directory];
      assert.deepEqual(await search('', 'bob'), forBob.map(principal));
      assert.deepEqual(await search('<FAM'.replace('<', '&lt;'), 'bob'), shown ? [principal('@Family')] : []);
      const byAddress = element(
        dav('property-search'),
        prop(calendarServer('email-address-set')) + element(dav('match'), ''),
      );
      const answer = await suite.send('REPORT', '/dav/principals/', {
        body: document(dav('principal-property-search'), byAddress + prop(dav('displayname'))),
      });
      assert.ok(!answer.body.includes('@'), 'a group has no mail address');
    });

    if (!shown) return;

    it('§9.3 principal-match of oneself: the groups that one is in, too', async () => {
      const body = document(dav('principal-match'), element(dav('self'), '') + prop(dav('displayname')));
      const answer = await suite.send('REPORT', '/dav/principals/', { headers: { Depth: '0' }, body });
      assert.deepEqual(
        multistatus(answer.body).map(({ href, properties }) => [
          href,
          text(properties.get(200)?.get(dav('displayname')) ?? assert.fail()),
        ]),
        [
          ['/dav/principals/alice/', 'alice'],
          ['/dav/principals/@Family/', 'The <family>'],
        ],
      );
    });

    it('are principals that can be read and not changed, by any method', async () => {
      const path = '/dav/principals/@Family/';
      const names = ['resourcetype', 'principal-URL', 'current-user-privilege-set'].map(dav);
      const [found] = await suite.propfind(path, names);
      assert.deepEqual(
        children(property(found, dav('resourcetype'))).map(({ name }) => name),
        [dav('collection'), dav('principal')],
      );
      const privileges = childrenNamed(
        property(found, dav('current-user-privilege-set')),
        dav('privilege'),
      ).flatMap((each) => children(each).map(({ name }) => name));
      assert.ok(privileges.includes(dav('read')));
      assert.ok(!privileges.some((name) => name.includes('write') || name.includes('unlock')));
      const listed = await suite.send('PROPFIND', path, { headers: { Depth: '1' } });
      assert.equal(multistatus(listed.body).length, 1);
      const allow = (await suite.send('OPTIONS', path)).headers.get('allow');
      assert.deepEqual(allow?.split(', ').sort(), ['OPTIONS', 'PROPFIND', 'REPORT']);
      const update = propertyUpdate({ set: element(dav('displayname'), 'mine') });
      assertRefused(await suite.send('PROPPATCH', path, { body: update }), 403, dav('need-privileges'));
      for (const method of [
        'GET',
        'PUT',
        'DELETE',
        'MKCALENDAR',
        'MKCOL',
        'POST',
        'COPY',
        'MOVE',
        'LOCK',
        'ACL',
      ]) {
        const headers = { Destination: 'https://dav.example.com/dav/calendars/alice/new/' };
        const lock =
          '<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope><locktype><write/></locktype></lockinfo>';
        const body = method === 'LOCK' ? { body: lock } : {};
        const { status } = await suite.send(method, path, { headers, ...body });
        assert.ok(status === 403 || status === 405, `${method} ${status}`);
      }
      assert.deepEqual(await hrefs(path, dav('principal-URL'), 'alice'), [path]);
    });

    it('are gone from the next request on, when they are removed or left', async () => {
      const { groups, accounts } = suite.server.auth;
      await groups.create({ name: 'short' }, shell);
      const { id } = (await accounts.find('dora')) ?? assert.fail();
      await groups.add('short', id, shell);
      const of = () => hrefs(principal('dora'), dav('group-membership'), 'dora');
      assert.deepEqual(await of(), ['/dav/principals/@short/']);
      await groups.leave('short', id, shell);
      assert.deepEqual(await of(), []);
      await groups.add('short', id, shell);
      await groups.remove('short', shell);
      assert.deepEqual(await of(), []);
      assert.equal(await hrefs('/dav/principals/@short/', dav('principal-URL'), 'dora'), undefined);
    });
  });
}
