import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDav } from '../../server/app.js';
import { davRoute } from '../../server/observability/route.js';

describe('Route templates in the log', () => {
  it('names the shape of a DAV path, never what it holds', () => {
    const routes = new Map([
      ['/', '/'],
      ['/principals/', '/principals/'],
      ['/.well-known/caldav', '/.well-known/caldav'],
      ['/.well-known/carddav/', '/.well-known/carddav'],
      ['/dav', '/dav/'],
      ['/dav/', '/dav/'],
      ['/dav/principals/alice/', '/dav/principals/:account/'],
      ['/dav/calendars', '/dav/calendars/'],
      ['/dav/calendars/alice', '/dav/calendars/:account/'],
      ['/dav/calendars/alice/work/', '/dav/calendars/:account/:collection/'],
      ['/dav/calendars/alice/work/1.ics', '/dav/calendars/:account/:collection/:object'],
      ['/dav/addressbooks/alice/people/1.vcf', '/dav/addressbooks/:account/:collection/:object'],
      ['/dav/calendars/alice/work/1.ics/more', '/dav/*'],
      ['/.well-known/timezone', '/.well-known/timezone'],
      ['/dav/timezones/', '/dav/timezones'],
      ['/dav/timezones/capabilities', '/dav/timezones/:action'],
      ['/dav/timezones/zones/Europe%2FBerlin', '/dav/timezones/zones/:tzid'],
      ['/dav/elsewhere/secret', '/dav/*'],
      ['/principals/secret/', '*'],
      ['/setup/secret', '*'],
      ['*', '*'],
    ]);
    for (const [path, route] of routes) assert.equal(davRoute(path), route, path);
  });

  it('gives one of a few templates for any path', () => {
    const routes = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('dav', 'calendars', 'principals', 'x', '', '..', 'caldav')),
        (parts) => {
          routes.add(davRoute(`/${parts.join('/')}`));
        },
      ),
    );
    for (const route of routes) assert.doesNotMatch(route, /x|\.\./);
  });
});

describe('Which requests go to DAV', () => {
  it('takes the DAV tree, the well-known addresses, and every method that the console does not know', () => {
    assert.equal(isDav('GET', '/dav/calendars/alice/'), true);
    assert.equal(isDav('GET', '/dav'), true);
    assert.equal(isDav('POST', '/.well-known/caldav'), true);
    assert.equal(isDav('GET', '/.well-known/carddav/'), true);
    assert.equal(isDav('GET', '/.well-known/timezone'), true);
    assert.equal(isDav('PROPFIND', '/'), true);
    assert.equal(isDav('OPTIONS', '/principals/'), true);
    assert.equal(isDav('REPORT', '/sign-in'), true);
  });

  it('leaves pages to the console', () => {
    for (const path of ['/', '/sign-in', '/davy', '/.well-known/caldavs', '/.well-known/change-password']) {
      assert.equal(isDav('GET', path), false, path);
      assert.equal(isDav('POST', path), false, path);
    }
  });
});
