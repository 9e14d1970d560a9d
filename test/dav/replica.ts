/** A client that knows a collection only through sync-collection reports, for tests of what such clients end up with. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { text } from '../../dav/xml/element.js';
import { dav } from '../../dav/xml/names.js';
import { multistatus, property, syncTokenOf } from './answers.js';
import type { Device } from './dav-server.js';
import { send, syncBody } from './requests.js';

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');

export class Replica {
  readonly #etags = new Map<string, string>();
  #token = '';

  /** What happens in a test: somebody writes, or a replica syncs. */
  static readonly step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), name: names, summary: fc.stringMatching(/^[a-z]{1,8}$/) }),
    fc.record({ kind: fc.constant('delete' as const), name: names }),
    fc.record({
      kind: fc.constant('sync' as const),
      replica: fc.constantFrom(0, 1),
      limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    }),
  );

  constructor(
    private readonly server: { readonly url: string },
    private readonly device: Device,
    private readonly path: string,
  ) {}

  /**
   * One report; true when the server says that there is more. Where the collection may go and come again (`mayBeGone`), it
   * begins anew when it is gone, or when its token is of an earlier one.
   */
  async syncOnce(limit?: number, { mayBeGone = false } = {}): Promise<boolean> {
    const answer = await send(this.server, this.device, 'REPORT', this.path, {
      body: syncBody(this.#token, limit),
    });
    if (mayBeGone && (answer.status === 404 || (answer.status === 403 && this.#token !== ''))) {
      this.#token = '';
      this.#etags.clear();
      return answer.status === 403;
    }
    assert.equal(answer.status, 207, answer.body);
    let more = false;
    const responses = multistatus(answer.body);
    assert.equal(new Set(responses.map(({ href }) => href)).size, responses.length, 'each URL once');
    for (const response of responses) {
      if (response.status === 507) more = true;
      else if (response.status === 404) this.#etags.delete(response.href);
      else this.#etags.set(response.href, text(property(response, dav('getetag'))));
    }
    this.#token = syncTokenOf(answer.body);
    return more;
  }

  /** Syncs until there is no more, as DAVx5 does. */
  async syncToEnd(limit?: number, options = {}): Promise<void> {
    let more = true;
    for (let round = 0; more; round += 1) {
      assert.ok(round < 200, 'a synchronization ends');
      more = await this.syncOnce(limit, options);
    }
  }

  /** What the replica holds: href and ETag, sorted. */
  sorted(): [string, string][] {
    return [...this.#etags].sort();
  }
}
