/**
 * What one process measures of itself (docs/operating.md, "Metrics"). Loaded only where metrics are wanted: without them
 * nothing is measured and prom-client is no part of the process.
 */
import type { DatabaseLoad } from '../../../storage/index.js';
import { AuthenticationMeter } from './authentication.js';
import { DatabaseMeter } from './database.js';
import { LoopMeter, processMetrics } from './process.js';
import { RequestMeter } from './requests.js';
import { Counter, Gauge } from './samples.js';
import type { Family, Metric } from './samples.js';
import { Sizes } from './sizes.js';
import type { SizesOptions } from './sizes.js';
import { SyncMeter } from './synchronizations.js';

export { asText } from './process.js';
export type { Metric } from './samples.js';
export { filesOf } from './sizes.js';

export interface Facts {
  readonly version: string;
  readonly engine: 'sqlite' | 'postgres';
}

/** What the process has at the moment, which it need not count. */
export interface Present {
  readonly connections: number;
  readonly requests: number;
}

export class Metrics {
  readonly requests = new RequestMeter();
  readonly authentication = new AuthenticationMeter();
  readonly synchronizations = new SyncMeter();
  readonly database = new DatabaseMeter(() => this.load());
  private readonly loop = new LoopMeter();
  private readonly refusals = new Counter(
    'latchkey_connections_refused_total',
    'Connections that were closed at once: there were too many.',
  );
  private readonly refusedFor = {
    'too many': this.refusals.child({ reason: 'all' }),
    'too many from its address': this.refusals.child({ reason: 'address' }),
  };
  private load: () => DatabaseLoad = () => ({ reads: 0, waitingReads: 0, waitingWrites: 0 });
  private present: () => Present = () => ({ connections: 0, requests: 0 });
  private sizes: Sizes | undefined;
  private readonly own: readonly Family[];

  constructor(facts: Facts) {
    // It begins to watch.
    void processMetrics();
    this.own = [
      new Gauge(
        'latchkey_build_info',
        'The version that runs, and the engine of its database.',
        () => [{ labels: { ...facts }, value: 1 }],
        'max',
      ),
      new Gauge('latchkey_processes', 'Processes that serve requests.', () => 1),
      new Gauge('latchkey_connections', 'Connections that are open.', () => this.present().connections),
      new Gauge('latchkey_http_requests_in_flight', 'Requests that are being answered.', () => {
        return this.present().requests;
      }),
      this.refusals,
    ];
  }

  /** Reads who waits for the database from now on. */
  followDatabase(load: () => DatabaseLoad): void {
    this.load = load;
  }

  followConnections(present: () => Present): void {
    this.present = present;
  }

  /** In one of several processes, so that one of them counts what is stored. */
  countSizes(options: SizesOptions): void {
    this.sizes = new Sizes(options);
  }

  answered(method: string, route: string, status: number, ms: number, aborted: boolean): void {
    this.requests.answered(method, route, status, ms, aborted);
  }

  connectionRefused(reason: keyof Metrics['refusedFor']): void {
    this.refusedFor[reason].add();
  }

  /** Everything at this moment. */
  async read(): Promise<readonly Metric[]> {
    void this.sizes?.refresh();
    const families = [
      ...this.own,
      ...this.requests.families,
      ...this.authentication.families,
      ...this.synchronizations.families,
      ...this.database.families,
      ...this.loop.families,
      ...(this.sizes?.families ?? []),
    ];
    return [...families.map((family) => family.metric()), ...(await processMetrics())];
  }

  async stop(): Promise<void> {
    this.loop.stop();
    await this.sizes?.stop();
  }
}
