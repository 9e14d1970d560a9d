/**
 * What the process itself takes: prom-client's default metrics, under the names that dashboards know, and how long the event
 * loop was held up. prom-client's own figures of the latter begin anew with each scrape, which two who scrape take from each
 * other; so here each second's longest delay is put into a histogram.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import { Histogram } from './samples.js';
import type { Aggregator, Family, Metric } from './samples.js';

const RESOLUTION_MS = 10;
const EVERY_MS = 1_000;

export class LoopMeter {
  private readonly histogram = new Histogram(
    'latchkey_event_loop_longest_delay_seconds',
    'The longest time in each second that work had to wait for the event loop.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  );
  readonly families: readonly Family[] = [this.histogram];
  private readonly delays = this.histogram.child();
  private readonly monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.monitor.enable();
    this.timer = setInterval(() => this.look(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.monitor.disable();
  }

  private look(): void {
    // It measures how long its own timer took, so that of an idle loop it finds its resolution.
    this.delays.observe(Math.max(0, this.monitor.max / 1e9 - RESOLUTION_MS / 1000));
    this.monitor.reset();
  }
}

/** Where prom-client would leave a figure out, or mislead, when there are several processes. */
const aggregators = new Map<string, Aggregator>([
  ['process_start_time_seconds', 'max'],
  ['nodejs_eventloop_lag_p90_seconds', 'max'],
  ['nodejs_eventloop_lag_p99_seconds', 'max'],
  ['process_max_fds', 'min'],
]);

/** A process has these once, since what prom-client begins to watch it watches for ever. */
let registry: Registry | undefined;

export async function processMetrics(): Promise<readonly Metric[]> {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: RESOLUTION_MS });
  }
  const metrics = (await registry.getMetricsAsJSON()) as unknown as Metric[];
  return metrics.map((metric) => ({
    ...metric,
    aggregator: aggregators.get(metric.name) ?? metric.aggregator,
  }));
}

/** The metrics of several processes, or of one, as one, in the text that Prometheus reads. */
export async function asText(each: readonly (readonly Metric[])[]): Promise<{ text: string; type: string }> {
  const together = AggregatorRegistry.aggregate(each.map((metrics) => [...metrics]));
  return { text: await together.metrics(), type: together.contentType };
}

/** What several processes have counted, as one of them would have. */
export async function addedUp(each: readonly (readonly Metric[])[]): Promise<readonly Metric[]> {
  const together = AggregatorRegistry.aggregate(each.map((metrics) => [...metrics]));
  return (await together.getMetricsAsJSON()) as unknown as Metric[];
}
