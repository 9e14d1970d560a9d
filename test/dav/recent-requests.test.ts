/** What DAV tells of the requests that it has answered (docs/security.md, "What is noted"). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { RecentRequest } from '../../auth/index.js';
import type { AccountId, AppPasswordId } from '../../storage/index.js';
import { basic, startDav } from './dav-server.js';
import type { DavServer, Device } from './dav-server.js';
import { calendarType, event, firstCollection, put, send, syncBody } from './requests.js';

describe('Requests that were answered', () => {
  let server: DavServer;
  let device: Device;
  let account: AccountId;
  let id: AppPasswordId;
  let calendar: string;
  before(async () => {
    server = await startDav();
    ({ device, id: account } = await server.addUser('alice'));
    calendar = await firstCollection(server, device);
    const [made] = await server.auth.appPasswords.list(account);
    id = made?.id ?? assert.fail();
  });
  after(() => server.stop());

  const told = async (of?: AppPasswordId): Promise<readonly string[]> => {
    await server.auth.close();
    const { recentRequests } = server.auth;
    const kept = await (of === undefined
      ? recentRequests.withoutAppPassword(account)
      : recentRequests.ofAppPassword(account, of));
    const line = ({ method, target, status, reason = '', sentence = '' }: RecentRequest): string => {
      const { kind, home = '', object = '', path = '' } = target;
      return [method, status, reason, kind, home, object, path, sentence === '' ? '' : 'said']
        .join(' ')
        .trim();
    };
    return kept
      .map(line)
      .map((each) => each.replace(/ +/g, ' '))
      .sort();
  };

  it('are told with method, target, status, the precondition that failed and the sentence', async () => {
    await put(server, device, `${calendar}a.ics`, event('a'));
    await send(server, device, 'GET', `${calendar}a.ics`);
    await send(server, device, 'PUT', `${calendar}b.ics`, { headers: calendarType, body: event('a') });
    await send(server, device, 'PUT', `${calendar}c.ics`, { headers: calendarType, body: 'no calendar' });
    await send(server, device, 'REPORT', calendar, { body: syncBody('urn:no') });
    await send(server, device, 'PROPFIND', '/dav/calendars/bob/work/', { headers: { Depth: '0' } });
    await send(server, device, 'PROPFIND', '/dav/nonsense/x?secret=1', { headers: { Depth: '0' } });
    await send(server, device, 'GET', '/dav/calendars/%zz/');
    assert.deepEqual(await told(id), [
      'GET 200 object calendars a.ics',
      'GET 400 nothing /dav/calendars/%zz/ said',
      'PROPFIND 207 home calendars',
      'PROPFIND 404 foreign said',
      'PROPFIND 404 nothing /dav/nonsense/x said',
      'PUT 201 object calendars a.ics',
      'PUT 403 valid-calendar-data object calendars c.ics said',
      'PUT 409 no-uid-conflict object calendars b.ics said',
      'REPORT 403 valid-sync-token collection calendars said',
    ]);
  });

  it('are told where they were refused, as far as it is known whose they are', async () => {
    const secret = Buffer.from(device.authorization.slice(6), 'base64').toString().slice('alice:'.length);
    const typo = secret.startsWith('a') ? `b${secret.slice(1)}` : `a${secret.slice(1)}`;
    for (const authorization of [
      basic('alice', 'wrong'),
      basic('alice', typo),
      basic('nobody', 'x'),
      'Basic !',
    ])
      await send(server, { name: 'alice', authorization }, 'PROPFIND', calendar);
    await send(server, undefined, 'PROPFIND', calendar);
    assert.deepEqual(await told(), ['PROPFIND 401 mistyped collection', 'PROPFIND 401 wrong collection']);
    await server.auth.appPasswords.revoke(account, id, { kind: 'shell' });
    await send(server, device, 'PROPFIND', '/dav/');
    assert.ok((await told(id)).includes('PROPFIND 401 revoked container'));
  });
});
