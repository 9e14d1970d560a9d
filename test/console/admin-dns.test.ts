/** The DNS records that lead devices here from a mail domain alone (RFC 6764 §3, §4). */
import assert from 'node:assert/strict';
import { dnsRecords, stateOf } from '../../server/console/dns-records.js';
import type { Dns } from '../../server/console/dns-records.js';
import { Person, livedIn, words } from './house.js';
import type { House } from './house.js';

const baseUrl = new URL('https://dav.example.org');
const codeError = (code: string): Error => Object.assign(new Error(code), { code });

/** A resolver that knows one record of each type. */
const dnsOf = (srv: { name: string; port: number } | Error, txt: string[] | Error): Dns => ({
  resolveSrv: async () => {
    if (srv instanceof Error) throw srv;
    return [{ ...srv, priority: 10, weight: 5 }];
  },
  resolveTxt: async () => {
    if (txt instanceof Error) throw txt;
    return [txt];
  },
});

describe('RFC 6764: the DNS records to publish', () => {
  it('§3, §4: SRV and TXT for both services', () => {
    assert.deepEqual(
      dnsRecords('example.org', baseUrl).map(({ name, type, value }) => `${name} ${type} ${value}`),
      [
        '_caldavs._tcp.example.org. SRV 0 1 443 dav.example.org.',
        '_caldavs._tcp.example.org. TXT "path=/dav/calendars/"',
        '_carddavs._tcp.example.org. SRV 0 1 443 dav.example.org.',
        '_carddavs._tcp.example.org. TXT "path=/dav/addressbooks/"',
      ],
    );
    const [first] = dnsRecords('example.org', new URL('http://localhost:8800'));
    assert.equal(first?.value, '0 1 8800 localhost.');
    assert.equal(first.name, '_caldav._tcp.example.org.');
  });

  it('are compared with what is there', async () => {
    const [srv, txt] = dnsRecords('example.org', baseUrl);
    assert.ok(srv && txt);
    const right = dnsOf({ name: 'DAV.example.org', port: 443 }, ['path=', '/dav/calendars/']);
    assert.deepEqual([await stateOf(srv, right), await stateOf(txt, right)], ['right', 'right']);
    const others = dnsOf({ name: 'dav.example.org', port: 8443 }, ['v=spf1 -all']);
    assert.deepEqual([await stateOf(srv, others), await stateOf(txt, others)], ['differs', 'differs']);
    const none = dnsOf(codeError('ENODATA'), codeError('ENOTFOUND'));
    assert.deepEqual([await stateOf(srv, none), await stateOf(txt, none)], ['missing', 'missing']);
    const silent = dnsOf(codeError('ETIMEOUT'), codeError('ECONNREFUSED'));
    assert.deepEqual([await stateOf(srv, silent), await stateOf(txt, silent)], ['unknown', 'unknown']);
  });

  describe('on the page of administrators', () => {
    let home: House;
    let anna: Person;
    before(async () => {
      const dns = dnsOf({ name: 'localhost', port: 1 }, codeError('ENODATA'));
      ({ home, anna } = await livedIn({}, undefined, { dns }));
    });
    after(() => home.dispose());

    it('are shown for the server itself, and checked for the domain that is asked for', async () => {
      const plain = await anna.open('/admin/dns');
      assert.match(words(plain), /_caldav\._tcp\.localhost\. .* 0 1 \d+ localhost\./);
      assert.doesNotMatch(words(plain), /Not published/);
      const checked = await anna.open('/admin/dns?domain=Example.org.');
      assert.match(words(checked), /Leads elsewhere.*_caldav\._tcp\.example\.org\./);
      assert.match(words(checked), /Not published/);
    });

    it('refuse what is no domain, with a sentence', async () => {
      for (const domain of ['a b', '<script>', `${'a.'.repeat(120)}org`, 'x@y.z']) {
        const answer = await anna.open(`/admin/dns?domain=${encodeURIComponent(domain)}`);
        assert.equal(answer.status, 422, domain);
        assert.match(words(answer), /Type a domain/);
        assert.ok(!answer.body.includes('<script>'));
      }
    });

    it('are nothing for others', async () => {
      await home.auth.accounts.create({ name: 'bob' }, { kind: 'shell' });
      const link = await home.auth.links.reset((await home.auth.accounts.find('bob'))?.id ?? assert.fail(), {
        kind: 'shell',
      });
      const bob = new Person(home, 'bob');
      const path = new URL(link.url).pathname;
      const fields = { password: 'plum tree in the yard', repeat: 'plum tree in the yard' };
      await bob.send(await bob.open(path), path, fields);
      const signIn = await bob.open('/sign-in');
      await bob.enrol(await bob.send(signIn, '/sign-in', { name: 'bob', password: fields.password }));
      assert.equal((await bob.open('/admin/dns')).status, 403);
    });
  });
});
