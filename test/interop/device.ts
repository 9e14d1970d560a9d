/** Another device of the same account, which speaks plain DAV: it changes things and looks at what a client has done. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DOMParser } from '@xmldom/xmldom';
import { escapeText } from '../../dav/xml/write.js';
import type { Login } from './lab.js';
import type { Kind, Sample } from './samples.js';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const EXTENSIONS = { calendars: 'ics', contacts: 'vcf' } as const;
const TYPES = { calendars: 'text/calendar; charset=utf-8', contacts: 'text/vcard; charset=utf-8' } as const;

const BATCH = 20;

export class Device {
  constructor(
    private readonly baseUrl: string,
    readonly login: Login,
    readonly signal: AbortSignal,
  ) {}

  get authorization(): string {
    return `Basic ${Buffer.from(`${this.login.user}:${this.login.secret}`).toString('base64')}`;
  }

  /** The path of the account's calendars or address books. */
  home(kind: Kind): string {
    return `/dav/${kind === 'calendars' ? 'calendars' : 'addressbooks'}/${this.login.user}/`;
  }

  /** The paths of the calendars or the address books. */
  async collections(kind: Kind): Promise<string[]> {
    const type = kind === 'calendars' ? 'calendar' : 'addressbook';
    const found = await this.propfind(this.home(kind), '1', '<D:resourcetype/>');
    return found
      .filter(({ element }) => element.getElementsByTagNameNS('*', type).length > 0)
      .map(({ href }) => href);
  }

  /** The calendar or the address book that a new account starts with. */
  async collection(kind: Kind): Promise<string> {
    const [path] = await this.collections(kind);
    if (path === undefined) throw new Error(`the account has no ${kind}`);
    return path;
  }

  /** Makes a calendar, of the usual components unless they are named, or an address book. */
  async makeCollection(kind: Kind, components: readonly string[] = []): Promise<string> {
    const path = `${this.home(kind)}${randomUUID()}/`;
    const type = kind === 'calendars' ? '<C:calendar/>' : '<CR:addressbook/>';
    const set = components.map((component) => `<C:comp name="${component}"/>`).join('');
    await this.expect(201, 'MKCOL', path, {
      body:
        '<D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav">' +
        `<D:set><D:prop><D:resourcetype><D:collection/>${type}</D:resourcetype>` +
        (set === ''
          ? ''
          : `<C:supported-calendar-component-set>${set}</C:supported-calendar-component-set>`) +
        '</D:prop></D:set></D:mkcol>',
    });
    return path;
  }

  /** Stores an object under its UID; a new one unless `replace`. */
  async put(kind: Kind, collection: string, { uid, text }: Sample, replace = false): Promise<string> {
    const path = `${collection}${uid}.${EXTENSIONS[kind]}`;
    const condition = replace ? {} : { 'If-None-Match': '*' };
    await this.expect(replace ? 204 : 201, 'PUT', path, {
      headers: { 'Content-Type': TYPES[kind], ...condition },
      body: text,
    });
    return path;
  }

  /** Stores many new objects, some at a time. */
  async putAll(kind: Kind, collection: string, samples: readonly Sample[]): Promise<void> {
    await inBatches(samples, (one) => this.put(kind, collection, one));
  }

  async get(path: string): Promise<string> {
    return (await this.expect(200, 'GET', path)).text;
  }

  async delete(path: string): Promise<void> {
    await this.expect(204, 'DELETE', path);
  }

  /** The paths of the objects in a collection. */
  async list(collection: string): Promise<string[]> {
    const found = await this.propfind(collection, '1', '<D:getetag/>');
    return found.map(({ href }) => href).filter((href) => href !== collection);
  }

  /** The objects in a collection. */
  async contents(collection: string): Promise<string[]> {
    return inBatches(await this.list(collection), (path) => this.get(path));
  }

  /** The one object in a collection. */
  async only(collection: string): Promise<{ readonly path: string; readonly text: string }> {
    const paths = await this.list(collection);
    const [path] = paths;
    if (path === undefined || paths.length !== 1) throw new Error(`${paths.length} objects instead of one`);
    return { path, text: await this.get(path) };
  }

  /** The text of a property, or null where there is none. The name carries its namespace, as `{DAV:}displayname`. */
  async property(path: string, name: string): Promise<string | null> {
    const [, namespace = '', local = ''] = /^\{(.*)\}(.*)$/.exec(name) ?? [];
    const [found] = await this.propfind(path, '0', `<X:${local} xmlns:X="${namespace}"/>`);
    return found?.element.getElementsByTagNameNS(namespace, local).item(0)?.textContent ?? null;
  }

  async setProperty(path: string, name: string, value: string): Promise<void> {
    const [, namespace = '', local = ''] = /^\{(.*)\}(.*)$/.exec(name) ?? [];
    await this.expect(207, 'PROPPATCH', path, {
      body:
        '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>' +
        `<X:${local} xmlns:X="${namespace}">${escapeText(value)}</X:${local}></D:prop></D:set></D:propertyupdate>`,
    });
    assert.equal(await this.property(path, name), value, `PROPPATCH of ${local}`);
  }

  private async propfind(path: string, depth: '0' | '1', properties: string) {
    const { text } = await this.expect(207, 'PROPFIND', path, {
      headers: { Depth: depth },
      body: `<D:propfind xmlns:D="DAV:"><D:prop>${properties}</D:prop></D:propfind>`,
    });
    const document = new DOMParser().parseFromString(text, 'application/xml');
    return [...document.getElementsByTagNameNS('DAV:', 'response')].map((element) => ({
      href: element.getElementsByTagNameNS('DAV:', 'href').item(0)?.textContent ?? '',
      element,
    }));
  }

  private async expect(
    status: number,
    method: string,
    path: string,
    request: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const answer = await this.send(method, path, request);
    if (answer.status === status) return answer;
    throw new Error(
      `${method} ${path} answered ${answer.status}, not ${status}:\n${answer.text.slice(0, 1000)}`,
    );
  }

  private async send(
    method: string,
    path: string,
    { headers, body }: { headers?: Record<string, string>; body?: string },
  ): Promise<Answer> {
    const response = await fetch(new URL(path, this.baseUrl), {
      method,
      headers: {
        Authorization: this.authorization,
        ...(body === undefined ? {} : { 'Content-Type': 'application/xml; charset=utf-8' }),
        ...headers,
      },
      redirect: 'manual',
      signal: this.signal,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += BATCH) {
    results.push(...(await Promise.all(items.slice(at, at + BATCH).map(work))));
  }
  return results;
}
