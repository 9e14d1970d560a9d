/** Instants as the log writes them, such as `2026-03-01T08:30:00.007Z`. Of a second all but its milliseconds is written once. */
export class Instants {
  private second = Number.NaN;
  private written = '';

  constructor(private readonly clock: () => number = Date.now) {}

  now(): string {
    const instant = this.clock();
    const second = Math.floor(instant / 1000);
    if (second !== this.second) {
      this.second = second;
      this.written = new Date(second * 1000).toISOString().slice(0, -4);
    }
    return `${this.written}${String(instant - second * 1000).padStart(3, '0')}Z`;
  }
}
