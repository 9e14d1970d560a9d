/** Profiles for Apple's devices: from the page that shows an app password, and by a QR code. */
import assert from 'node:assert/strict';
import { DOMParser } from '@xmldom/xmldom';
import type { Element } from '@xmldom/xmldom';
import { Visitor, livedIn, shownPasswords, words } from './house.js';
import type { Answer, House, Person } from './house.js';

const MINUTE = 60_000;

type Plist = string | number | boolean | Plist[] | { [key: string]: Plist };

/** Reads a property list. */
function plist(xml: string): Plist {
  const root = new DOMParser().parseFromString(xml, 'text/xml').documentElement;
  assert.equal(root?.tagName, 'plist');
  const [value] = elements(root);
  assert.ok(value);
  return valueOf(value);
}
const elements = (parent: Element): Element[] =>
  Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === 1);
function valueOf(element: Element): Plist {
  const text = element.textContent ?? '';
  switch (element.tagName) {
    case 'integer':
      return Number(text);
    case 'true':
    case 'false':
      return element.tagName === 'true';
    case 'array':
      return elements(element).map(valueOf);
    case 'dict': {
      const children = elements(element);
      const pairs = children.filter((_, index) => index % 2 === 0);
      return Object.fromEntries(
        pairs.map((key, index) => {
          const value = children[2 * index + 1];
          assert.ok(value);
          return [key.textContent ?? '', valueOf(value)];
        }),
      );
    }
    default:
      return text;
  }
}

interface Profile {
  readonly PayloadIdentifier: string;
  readonly PayloadUUID: string;
  readonly PayloadType: string;
  readonly PayloadContent: readonly Readonly<Record<string, string | number | boolean>>[];
}

describe('Profiles for iPhone, iPad and Mac', () => {
  let home: House;
  let anna: Person;
  beforeEach(async () => {
    ({ home, anna } = await livedIn());
  });
  afterEach(() => home.dispose());

  const make = async (fields: Record<string, string>, device = 'iphone'): Promise<Answer> =>
    anna.send(await anna.open(`/app-passwords/new?device=${device}`), '/app-passwords/new', fields);

  function profileIn(answer: Answer): Profile {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('Content-Type'), 'application/x-apple-aspen-config');
    assert.match(answer.headers.get('Content-Disposition') ?? '', /\.mobileconfig"$/);
    assert.equal(answer.headers.get('Cache-Control'), 'no-store');
    return plist(answer.body) as unknown as Profile;
  }

  const signsIn = async (user: string, secret: string): Promise<string> => {
    const authorization = `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
    const request = { authorization, path: '/dav/calendars/', userAgent: 'iOS/26.1 dataaccessd/1.0' };
    const from = { address: '192.0.2.20', https: true, loopback: false };
    return (await home.auth.basic.authenticate({ ...request, ...from })).kind;
  };

  /** The path of the link on the page that shows a QR code. */
  const linkOn = ({ body }: Answer): string => {
    const url = /<code id="link" class="url">([^<]*)</.exec(body)?.[1] ?? '';
    assert.ok(url.startsWith(`${home.origin}/profile/`));
    return url.slice(home.origin.length);
  };

  it('hold both accounts and the app password that was just shown', async () => {
    const shown = await make({ label: 'Annas iPhone' });
    const [secret = ''] = shownPasswords(shown);
    const profile = profileIn(await anna.post(shown, '/app-passwords/profile'));
    assert.equal(profile.PayloadType, 'Configuration');
    const { hostname, port } = new URL(home.origin);
    const [caldav, carddav, ...others] = profile.PayloadContent;
    assert.deepEqual(others, []);
    for (const [prefix, payload] of [
      ['CalDAV', caldav],
      ['CardDAV', carddav],
    ] as const) {
      assert.equal(payload?.['PayloadType'], `com.apple.${prefix.toLowerCase()}.account`);
      assert.equal(payload[`${prefix}HostName`], hostname);
      assert.equal(payload[`${prefix}Port`], Number(port));
      assert.equal(payload[`${prefix}UseSSL`], false);
      assert.equal(payload[`${prefix}Username`], 'anna');
      assert.equal(payload[`${prefix}Password`], secret);
      assert.equal(payload[`${prefix}PrincipalURL`], '/dav/principals/anna/');
    }
    assert.equal(await signsIn('anna', secret), 'accepted');
    const again = profileIn(await anna.post(shown, '/app-passwords/profile'));
    assert.equal(again.PayloadUUID, profile.PayloadUUID, 'installed again it replaces itself');
    assert.match(
      profile.PayloadUUID,
      /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/,
    );
  });

  it('hold what the app password is for, and nothing else', async () => {
    const shown = await make({ label: 'x', services: 'contacts' }, 'mac');
    const types = profileIn(await anna.post(shown, '/app-passwords/profile')).PayloadContent.map(
      (payload) => payload['PayloadType'],
    );
    assert.deepEqual(types, ['com.apple.carddav.account']);
  });

  it('are offered for Apple’s devices alone, and made for passwords of the account alone', async () => {
    assert.ok(!(await make({ label: 'Pixel' }, 'android')).body.includes('/app-passwords/profile'));
    const shown = await make({ label: 'iPhone' });
    for (const fields of [{ id: 'x' }, { secret: 'x' }, { secret: '<key>' }])
      assert.equal((await anna.post(shown, '/app-passwords/profile', fields)).status, 404);
    assert.equal((await anna.post(shown, '/app-passwords/profile', { csrf: 'x' })).status, 403);
  });

  it('come by a QR code: once, from a device without a session, with an app password of its own', async () => {
    const code = await make({ label: 'Annas iPad', how: 'code', services: 'separate' });
    assert.match(words(code), /Point the camera at this code/);
    assert.deepEqual(shownPasswords(code), []);
    assert.equal((await home.auth.appPasswords.list((await anna.account()).id)).length, 0);
    const path = linkOn(code);
    const ipad = new Visitor(home.origin);
    const page = await ipad.open(path);
    assert.match(
      words(page),
      /calendars and contacts of anna\. Its app password will be called “Annas iPad”/,
    );
    const profile = profileIn(await ipad.post(page, path));
    const secret = String(profile.PayloadContent[0]?.['CalDAVPassword']);
    assert.equal(profile.PayloadContent[1]?.['CardDAVPassword'], secret);
    assert.equal(await signsIn('anna', secret), 'accepted');
    assert.equal((await ipad.open(path)).status, 404);
    assert.equal((await ipad.post(page, path)).status, 404);
    const [password, ...others] = await home.auth.appPasswords.list((await anna.account()).id);
    assert.equal(password?.label, 'Annas iPad');
    assert.deepEqual(others, []);
  });

  it('by a link that is not used up by being looked at, and ends after 15 minutes', async () => {
    const path = linkOn(await make({ label: 'iPhone', how: 'code' }));
    const phone = new Visitor(home.origin);
    for (let times = 0; times < 3; times += 1) assert.equal((await phone.open(path)).status, 200);
    const page = await phone.open(path);
    home.pass(15 * MINUTE);
    assert.equal((await phone.post(page, path)).status, 404);
    assert.equal((await home.auth.appPasswords.list((await anna.account()).id)).length, 0);
  });

  it('by QR code are refused with a sentence where the name is none', async () => {
    const answer = await make({ label: 'a\u0007b', how: 'code' });
    assert.equal(answer.status, 422);
    assert.equal(answer.headers.get('Content-Type'), 'text/html; charset=utf-8');
    assert.deepEqual(home.errors, []);
  });

  it('by QR code need a step-up, as app passwords do', async () => {
    const form = await anna.open('/app-passwords/new?device=iphone');
    home.pass(11 * MINUTE);
    const answer = await anna.post(form, '/app-passwords/new', { label: 'iPhone', how: 'code' });
    assert.match(answer.location ?? '', /^\/step-up\?/);
  });
});
