/**
 * How app passwords are used: gathered in memory and written every 30 seconds, so that no request waits for it. What a
 * killed process had not written yet is lost.
 */
import {
  addAppPasswordRefusal,
  addAppPasswordUsage,
  appPasswordById,
  rekeyAppPassword,
} from '../storage/app-passwords.js';
import { accountById } from '../storage/accounts.js';
import { addAppPasswordRequests, trimAppPasswordRequests } from '../storage/app-password-requests.js';
import type { AccountId, AppPasswordId } from '../storage/ids.js';
import { wasNoted } from './activity.js';
import { clientName, storedUserAgent } from './client-names.js';
import type { Client } from './client.js';
import type { AnsweredRequest } from './contract.js';
import { localDay } from './local-day.js';
import type { Parts } from './parts.js';
import { GatheredRequests, keptRequests } from './recent-requests.js';
import { unitOfAccount, type Unit } from './unit.js';

const flushEveryMs = 30_000;
/** The first use of an app password is being waited for, on the page that shows it. */
const flushFirstMs = 500;
const maxEntries = 10_000;
/** Different requests in memory, of all app passwords: those beyond are counted, but not told of. */
const maxGathered = 50_000;
const maxSeenClients = 10_000;
/** A unit for each account, so many at a time: requests that write get their turn in between. */
const unitsAtOnce = 4;

export interface UsedPassword {
  readonly accountId: AccountId;
  readonly id: AppPasswordId;
}

interface Key {
  readonly accountId: AccountId;
  /** Empty for requests for which there was no app password. */
  readonly id: AppPasswordId | '';
}

interface Entry extends Key {
  requests: number;
  usedAt: number;
  client: Client | undefined;
  refusedAt: number | undefined;
  rekeyed: { readonly secretHash: Buffer; readonly keyId: string } | undefined;
  recent: GatheredRequests | undefined;
}

function byAccount(entries: readonly Entry[]): ReadonlyMap<AccountId, readonly Entry[]> {
  const groups = new Map<AccountId, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.accountId);
    if (group === undefined) groups.set(entry.accountId, [entry]);
    else group.push(entry);
  }
  return groups;
}

export class Usage {
  private entries = new Map<string, Entry>();
  private gathered = 0;
  private readonly seenClients = new Set<string>();
  private readonly interval: NodeJS.Timeout;
  private soon: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: () => Parts,
    private readonly report: (error: unknown, doing: string) => void,
  ) {
    this.interval = setInterval(() => void this.flush(), flushEveryMs).unref();
  }

  /** A request that was let in. `first` is its first since the password was made, as far as the database knows. */
  used(
    password: UsedPassword,
    { address, https, loopback, userAgent }: Client,
    at: number,
    first: boolean,
  ): void {
    const entry = this.entry(password);
    if (entry === undefined) return;
    entry.requests += 1;
    entry.usedAt = at;
    // As much of it as is kept: a header may be long, and there is an entry for each password.
    entry.client = { address, https, loopback, userAgent: storedUserAgent(userAgent) };
    if (first) this.soon ??= setTimeout(() => void this.flush(), flushFirstMs).unref();
  }

  /** A request that was refused since its password is revoked or expired. */
  refused(password: UsedPassword, at: number): void {
    const entry = this.entry(password);
    if (entry !== undefined) entry.refusedAt = at;
  }

  /** A request that was answered, whether it was let in or not. */
  answered(request: AnsweredRequest, at: number): void {
    const { accountId, appPasswordId: id = '' } = request;
    if (this.gathered >= maxGathered) return;
    const entry = this.entry({ accountId, id });
    if (entry === undefined) return;
    entry.recent ??= new GatheredRequests();
    // What somebody asked for who has no app password is not told further than that they did.
    const told = id === '' ? { ...request, target: { kind: request.target.kind } } : request;
    this.gathered += entry.recent.add(told, at);
  }

  /** The secret was presented, so that its hash can be made anew under the current key. */
  rekey(password: UsedPassword, secretHash: Buffer, keyId: string): void {
    const entry = this.entry(password);
    if (entry !== undefined) entry.rekeyed = { secretHash, keyId };
  }

  /** Writes what was gathered; one flush at a time. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.soon);
    this.soon = undefined;
    const entries = [...this.entries.values()];
    if (entries.length === 0) return this.writing;
    this.entries = new Map();
    this.gathered = 0;
    this.writing = this.writing.then(() => this.write(entries));
    return this.writing;
  }

  /** Writes the rest and stops. */
  async close(): Promise<void> {
    clearInterval(this.interval);
    await this.flush();
  }

  private entry({ accountId, id }: Key): Entry | undefined {
    const key = `${accountId} ${id}`;
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    if (this.entries.size >= maxEntries) return undefined;
    const made: Entry = {
      accountId,
      id,
      requests: 0,
      usedAt: 0,
      client: undefined,
      refusedAt: undefined,
      rekeyed: undefined,
      recent: undefined,
    };
    this.entries.set(key, made);
    if (this.entries.size === maxEntries) void this.flush();
    return made;
  }

  private async write(entries: readonly Entry[]): Promise<void> {
    const units = [...byAccount(entries)];
    for (let start = 0; start < units.length; start += unitsAtOnce)
      await Promise.all(
        units
          .slice(start, start + unitsAtOnce)
          .map(([accountId, ofAccount]) => this.writeAccount(accountId, ofAccount)),
      );
  }

  private async writeAccount(accountId: AccountId, entries: readonly Entry[]): Promise<void> {
    try {
      const seen = await unitOfAccount(this.parts(), accountId, async (unit) => {
        const clients: string[] = [];
        const account = await accountById(unit.writer, accountId);
        // Deleted meanwhile: nobody would ever see it.
        if (account === undefined) return [];
        const { timeZone } = account;
        for (const entry of entries) {
          await writeRecent(unit, entry);
          clients.push(...(await this.writeEntry(unit, entry, timeZone)));
        }
        return clients;
      });
      this.remember(seen);
    } catch (error) {
      this.report(error, 'writing how app passwords were used');
    }
  }

  /** Answers which clients were seen. */
  private async writeEntry(unit: Unit, entry: Entry, timeZone: string | null): Promise<readonly string[]> {
    const { accountId, id, client, rekeyed, refusedAt } = entry;
    const { writer } = unit;
    if (id === '') return [];
    if (rekeyed !== undefined) await rekeyAppPassword(writer, { accountId, id, ...rekeyed });
    if (refusedAt !== undefined) await addAppPasswordRefusal(writer, accountId, id, refusedAt);
    if (client === undefined) return [];
    const seen = await this.noteClient(unit, { accountId, id }, client);
    await addAppPasswordUsage(writer, {
      accountId,
      id,
      usedAt: entry.usedAt,
      address: client.address,
      userAgent: storedUserAgent(client.userAgent),
      requests: entry.requests,
      day: localDay(entry.usedAt, timeZone),
    });
    return seen;
  }

  /** Tells the activity of a password's first use, and of each client that had not used it before. */
  private async noteClient(
    unit: Unit,
    { accountId, id }: UsedPassword,
    client: Client,
  ): Promise<readonly string[]> {
    const { writer, note } = unit;
    const words = clientName(client.userAgent ?? '');
    const seen = `${id} ${words}`;
    if (this.seenClients.has(seen)) return [];
    const row = await appPasswordById(writer, accountId, id);
    if (row === undefined) return [];
    const by = { kind: 'client', client } as const;
    const detail = { id, label: row.label, client: words };
    if (row.lastUsedAt === null) await note(accountId, 'app-password.first-used', by, detail);
    else if (
      clientName(row.lastUserAgent ?? '') !== words &&
      !(await wasNoted(
        writer,
        accountId,
        (noted) => noted.detail['id'] === id && noted.detail['client'] === words,
      ))
    )
      await note(accountId, 'app-password.new-client', by, detail);
    return [seen];
  }

  private remember(seen: readonly string[]): void {
    if (this.seenClients.size + seen.length > maxSeenClients) this.seenClients.clear();
    for (const each of seen) this.seenClients.add(each);
  }
}

async function writeRecent({ writer }: Unit, { accountId, id, recent }: Entry): Promise<void> {
  if (recent === undefined) return;
  await addAppPasswordRequests(writer, recent.rows(accountId, id));
  await trimAppPasswordRequests(writer, { accountId, appPasswordId: id }, keptRequests);
}
