/**
 * A device that speaks plain http is refused before its credentials are looked at; its owner should learn why. Who that is
 * is looked up after the answer, at most once a minute for a name.
 */
import { accountByName } from '../storage/accounts.js';
import { parseCredentials } from './basic-strategy.js';
import type { BasicRequest } from './contract.js';
import { foldName } from './names.js';
import type { Parts } from './parts.js';
import { Rarely } from './rarely.js';

const everyMs = 60_000;
const maxNameLength = 254;

export class InsecureWatch {
  private readonly lookUps: Rarely<string>;

  constructor(private readonly parts: Parts) {
    this.lookUps = new Rarely(everyMs, parts.now);
  }

  note({ authorization, address, userAgent, method = '' }: BasicRequest): void {
    const { parts } = this;
    const credentials = parseCredentials(authorization);
    if (typeof credentials === 'string') return;
    const nameKey = foldName(credentials.name.slice(0, maxNameLength));
    if (!this.lookUps.allows(nameKey)) return;
    parts.background.run('noting a request over plain http', async () => {
      const account = await parts.database.read((reader) => accountByName(reader, nameKey));
      if (account === undefined) return;
      const request = { accountId: account.id, appPasswordId: undefined, method, address, userAgent };
      const target = { kind: 'container' } as const;
      parts.usage.answered({ ...request, target, status: 403, reason: 'insecure' }, parts.now());
    });
  }
}
