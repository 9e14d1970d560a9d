/** How far a long command is. */
import type { TransferProgress } from '../../storage/transfer.js';
import type { Terminal } from './shell.js';

const WIDTH = 40;

/** One line on standard error that is written over; only when the whole percent changes. */
export class ProgressBar {
  private shown = -1;
  private isOpen = false;

  constructor(private readonly terminal: Terminal) {}

  show({ table, done, all }: TransferProgress): void {
    // What is counted beforehand can grow while it is gone through.
    const percent = all === 0 ? 100 : Math.min(100, Math.floor((done / all) * 100));
    if (percent === this.shown) return;
    this.shown = percent;
    const filled = Math.floor((percent / 100) * WIDTH);
    const bar = '#'.repeat(filled) + '.'.repeat(WIDTH - filled);
    const end = percent === 100 ? '\n' : '';
    this.isOpen = percent !== 100;
    this.terminal.err(`\r[${bar}] ${String(percent).padStart(3)} %  ${table.padEnd(18)}${end}`);
  }

  /** Leaves the line that it stands on, where it did not come to its end. */
  end(): void {
    if (this.isOpen) this.terminal.err('\n');
    this.isOpen = false;
  }
}
