import assert from 'node:assert/strict';
import { checkReading, ownersPrivileges } from '../../../dav/acl/privileges.js';
import { DavError } from '../../../dav/http/errors.js';
import { reportNamesOf, reportOf } from '../../../dav/reports.js';
import type { Resource } from '../../../dav/resources/resource.js';
import { caldav, dav } from '../../../dav/xml/names.js';
import type { Name } from '../../../dav/xml/names.js';

const path = '/dav/calendars/alice/work/';
const busyOnly = [caldav('read-free-busy')];

/** The status of the refusal; 200 where there is none. */
function outcome(granted: readonly Name[], privilege: 'read' | 'read-free-busy'): [number, Name | undefined] {
  try {
    checkReading(granted, path, privilege);
    return [200, undefined];
  } catch (error) {
    assert.ok(error instanceof DavError);
    return [error.status, error.details.precondition];
  }
}

describe('RFC 4791 §6.1.1, §7.10: read-free-busy by itself', () => {
  // Reports are told apart by the kind of the resource alone, and by whether it is a subscription.
  const calendar = { kind: 'calendar', collection: { source: null } } as unknown as Resource;

  it('lets free-busy-query pass, of all reports it alone', () => {
    const names = reportNamesOf(calendar);
    assert.ok(names.length >= 5);
    const passing = names.filter((name) => outcome(busyOnly, reportOf(name)?.privilege ?? 'read')[0] === 200);
    assert.deepEqual(passing, [caldav('free-busy-query')]);
  });

  it('refuses all that needs DAV:read with need-privileges', () => {
    assert.deepEqual(outcome(busyOnly, 'read'), [403, dav('need-privileges')]);
    assert.deepEqual(outcome([...busyOnly, dav('bind'), dav('write-content')], 'read'), [
      403,
      dav('need-privileges'),
    ]);
  });

  it('without it and without DAV:read there is nothing: 404, for busy time too', () => {
    for (const privilege of ['read', 'read-free-busy'] as const)
      for (const granted of [[], [dav('write')], [dav('read-acl')]])
        assert.deepEqual(outcome(granted, privilege), [404, undefined]);
  });

  it('DAV:read is enough for both, and contains it on calendars', () => {
    for (const privilege of ['read', 'read-free-busy'] as const)
      assert.deepEqual(outcome([dav('read')], privilege), [200, undefined]);
    for (const kind of ['calendar-home', 'calendar', 'calendar-object'] as const)
      assert.ok(ownersPrivileges(kind).reading.includes(caldav('read-free-busy')));
  });
});
