import assert from 'node:assert/strict';
import { defaultLimits } from '../../../dav/index.js';
import type { PropertyContext } from '../../../dav/live-property.js';
import { entryWriter } from '../../../dav/http/entries.js';
import { renderResponse } from '../../../dav/http/propstat.js';
import { propertiesOf } from '../../../dav/registry.js';
import { objectResource } from '../../../dav/resources/resolve.js';
import type { CollectionResource } from '../../../dav/resources/resource.js';
import type { Viewer } from '../../../dav/resources/viewer.js';
import { dav } from '../../../dav/xml/names.js';
import { AccountId, AppPasswordId, CollectionId, ObjectId, Revision } from '../../../storage/index.js';
import type { Reader, StoredObject } from '../../../storage/index.js';

const nothing: Reader = {
  all: () => Promise.resolve([]),
  get: () => Promise.resolve(undefined),
  getEach: () => Promise.resolve([]),
};
const actor: Viewer = {
  directory: 'none',
  accountId: AccountId(1),
  accountName: 'alice',
  accountNames: ['alice'],
  displayName: null,
  email: null,
  birthdayCalendar: null,
  collections: null,
  quotaBytes: null,
  appPasswordId: AppPasswordId('x'),
  services: new Set(['calendars', 'contacts']),
  access: 'write',
};
const context: PropertyContext = {
  actor,
  reader: nothing,
  limits: defaultLimits,
  epoch: 'e',
  now: 0,
  locks: () => Promise.resolve([]),
  reportsOf: () => [],
};

function parentOf(kind: CollectionResource['kind']): CollectionResource {
  const home = kind === 'calendar' ? 'calendars' : 'addressbooks';
  const collection = { accountId: AccountId(1), id: CollectionId(1), kind, name: 'a' };
  return { kind, home, path: `/dav/${home}/alice/a/`, collection } as CollectionResource;
}

function objectOf(component: string, name: string): StoredObject {
  return {
    id: ObjectId(7),
    name,
    uid: 'u',
    component,
    version: '2.0',
    etag: 'abc',
    size: 3,
    revision: Revision(7),
    createdAt: 0,
    modifiedAt: 0,
  };
}

describe('RFC 4918 §9.1: members by the entries of a listing', () => {
  for (const [kind, component, name] of [
    ['calendar', 'VTODO', "it's 50 % & more.ics"],
    ['addressbook', 'VCARD', 'plain.vcf'],
  ] as const)
    it(`are told of in one (${kind}) as they are when all of them is read`, async () => {
      const parent = parentOf(kind);
      const object = objectOf(component, name);
      const resource = objectResource(parent, object);
      const names = [...propertiesOf(resource.kind).values()]
        .filter(({ ofEntry }) => ofEntry !== undefined)
        .map((property) => property.name);
      assert.ok(names.includes(dav('getetag')));
      const request = { kind: 'prop', names } as const;
      const whole = await renderResponse(resource, request, context, { minimal: false });
      assert.equal(entryWriter(parent, request)?.(object), whole);
    });

  it('are not enough where one property needs more, or all are asked for', () => {
    const parent = parentOf('calendar');
    const names = [dav('getetag'), dav('getcontentlength')];
    assert.equal(entryWriter(parent, { kind: 'prop', names }), undefined);
    assert.equal(entryWriter(parent, { kind: 'prop', names: [dav('unheard-of')] }), undefined);
    assert.equal(entryWriter(parent, { kind: 'allprop', include: [] }), undefined);
    assert.equal(entryWriter(parent, { kind: 'propname' }), undefined);
  });
});
