/** Telling whoever waits for it, in every process before one database, which collections have changed. */
import type { AccountId, CollectionId } from './ids.js';

export interface CollectionChange {
  readonly accountId: AccountId;
  readonly id: CollectionId;
  /** `members`: it has another revision. `collection`: it was made or deleted, or has another name or other properties. */
  readonly what: 'members' | 'collection';
}

/** Something may have changed, nobody knows what: who needs to know has to look. */
export type Rumour = 'unknown';

/** Must not throw, and is called for every change: what takes time is for later. */
export type ChangeListener = (change: CollectionChange | Rumour) => void;

/**
 * A hint, never the truth, which is in the database: a change is told once or several times, soon after its commit, in no
 * order; one of a process that died in that moment may never be told. `unknown` comes first, and whenever changes of others
 * may have been missed.
 */
export interface Changes {
  /** Tells of changes until the function that it answers is called. */
  subscribe(listener: ChangeListener): () => void;
}

/** Those in this process who want to know. */
export class ChangeFeed implements Changes {
  private readonly listeners = new Set<ChangeListener>();

  /** Told when the first one comes, and when the last one has gone. */
  constructor(private readonly onInterest: (isWanted: boolean) => void = () => undefined) {}

  subscribe(listener: ChangeListener): () => void {
    // An object of its own, so that one who comes twice goes twice.
    const each: ChangeListener = (change) => listener(change);
    this.listeners.add(each);
    if (this.listeners.size === 1) this.onInterest(true);
    return () => {
      if (this.listeners.delete(each) && this.listeners.size === 0) this.onInterest(false);
    };
  }

  tell(change: CollectionChange | Rumour): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** Changes, each once, until they are told. */
export class ChangeSet {
  private readonly changes = new Map<string, CollectionChange>();

  get size(): number {
    return this.changes.size;
  }

  add(change: CollectionChange): void {
    this.changes.set(writeChange(change), change);
  }

  /** Takes out all of them. */
  take(): readonly CollectionChange[] {
    const taken = [...this.changes.values()];
    this.changes.clear();
    return taken;
  }
}

const letters = { members: 'm', collection: 'c' } as const;

/** `ACCOUNT.COLLECTION.LETTER` */
export const writeChange = ({ accountId, id, what }: CollectionChange): string =>
  `${accountId}.${id}.${letters[what]}`;

/** Undefined for what a later version may write. */
export function readChange(text: string): CollectionChange | undefined {
  const parts = /^(\d{1,15})\.(\d{1,15})\.([mc])$/.exec(text);
  if (parts === null) return undefined;
  const [, accountId, id, letter] = parts;
  return {
    accountId: Number(accountId) as AccountId,
    id: Number(id) as CollectionId,
    what: letter === 'm' ? 'members' : 'collection',
  };
}
