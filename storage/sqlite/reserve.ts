/**
 * Room kept for the day the disk is full: SQLite needs some to delete too, and to carry its log into the database. A file
 * beside the database takes it up until then.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Content that no file system stores in less than its length. */
const chunk = randomBytes(1024 * 1024);
const pauseMs = 1_000;
/** What the log grows to before it is carried over. */
const logBytes = 4 * 1024 * 1024;

export class Reserve {
  private held = false;
  private nextAttempt = 0;

  /** `bytes` is a whole number of MiB; with 0 nothing is kept, and `isHeld` is always true. */
  constructor(
    private readonly file: string,
    private readonly bytes: number,
  ) {
    this.held = bytes === 0;
  }

  /** False from the moment the disk was full until there is room again for this too: no more than deletions may happen. */
  get isHeld(): boolean {
    return this.held;
  }

  /** Gives the room to the database. */
  release(): void {
    if (this.bytes === 0) return;
    rmSync(this.file, { force: true });
    this.held = false;
  }

  /** Something was deleted, so that trying again is worth it at once. */
  expectRoom(): void {
    this.nextAttempt = 0;
  }

  /** Takes the room back when there is enough beside it. */
  async restore(): Promise<boolean> {
    if (this.held || Date.now() < this.nextAttempt) return this.held;
    this.nextAttempt = Date.now() + pauseMs;
    try {
      if (!(await this.exists())) await this.write();
      this.held = true;
    } catch {
      // No room, or no right to write: it stays as it is.
    }
    return this.held;
  }

  private async exists(): Promise<boolean> {
    const found = await stat(this.file).catch(() => undefined);
    return found !== undefined && found.size >= this.bytes;
  }

  private async write(): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(this.file));
    if (bavail * bsize < this.bytes + logBytes) throw new Error('The disk is full');
    const unfinished = `${this.file}.new`;
    try {
      const handle = await open(unfinished, 'w', 0o600);
      try {
        for (let written = 0; written < this.bytes; written += chunk.byteLength) await handle.write(chunk);
      } finally {
        await handle.close();
      }
      await rename(unfinished, this.file);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}
