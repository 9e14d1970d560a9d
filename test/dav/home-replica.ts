/** A client that knows a whole home only through sync-collection reports with sync-level infinite. */
import assert from 'node:assert/strict';
import { escapeText } from '../../dav/xml/write.js';
import { text } from '../../dav/xml/element.js';
import { dav } from '../../dav/xml/names.js';
import { multistatus, syncTokenOf } from './answers.js';
import type { Device } from './dav-server.js';
import { send } from './requests.js';

/** The body of a sync-collection report over a home. */
export const homeSyncBody = (token: string, level: '1' | 'infinite', limit?: number): string =>
  `<sync-collection xmlns="DAV:"><sync-token>${escapeText(token)}</sync-token><sync-level>${level}</sync-level>${
    limit === undefined ? '' : `<limit><nresults>${limit}</nresults></limit>`
  }<prop><getetag/></prop></sync-collection>`;

export class HomeReplica {
  readonly #etags = new Map<string, string>();
  #token = '';

  constructor(
    private readonly server: { readonly url: string },
    private readonly device: Device,
    private readonly path: string,
  ) {}

  /** One report; true when the server says that there is more. A token that is refused makes it begin anew. */
  async syncOnce(limit?: number): Promise<boolean> {
    const body = homeSyncBody(this.#token, 'infinite', limit);
    const answer = await send(this.server, this.device, 'REPORT', this.path, { body });
    if (answer.status === 403 && this.#token !== '') {
      this.#token = '';
      this.#etags.clear();
      return true;
    }
    assert.equal(answer.status, 207, answer.body);
    const responses = multistatus(answer.body);
    const told = responses.map(({ href }) => href);
    assert.equal(new Set(told).size, told.length, 'each URL once');
    const truncated = responses.filter(({ status }) => status === 507).length;
    if (limit !== undefined) assert.ok(responses.length - truncated <= limit);
    for (const { href, status, properties } of responses) {
      if (status === 507) continue;
      if (status === 404) this.#remove(href);
      else
        this.#etags.set(
          href,
          text(
            properties.get(200)?.get(dav('getetag')) ?? {
              name: dav('getetag'),
              attributes: new Map(),
              content: [],
            },
          ),
        );
    }
    this.#token = syncTokenOf(answer.body);
    return truncated > 0;
  }

  /** RFC 6578 §3.5.2: with a collection its members are gone. */
  #remove(href: string): void {
    for (const known of [...this.#etags.keys()])
      if (known === href || (href.endsWith('/') && known.startsWith(href))) this.#etags.delete(known);
  }

  async syncToEnd(limit?: number): Promise<void> {
    let more = true;
    for (let round = 0; more; round += 1) {
      assert.ok(round < 200, 'a synchronization ends');
      more = await this.syncOnce(limit);
    }
  }

  /** What the replica holds: href and ETag, empty for collections, sorted. */
  sorted(): [string, string][] {
    return [...this.#etags].sort();
  }
}
