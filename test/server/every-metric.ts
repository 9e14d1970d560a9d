/** The names of all metrics that a server gives out, for what names them elsewhere. */
import { Metrics } from '../../server/observability/metrics/index.js';

export async function everyMetric(): Promise<readonly string[]> {
  const metrics = new Metrics({ version: '0.0.0', engine: 'sqlite' });
  metrics.countSizes({
    // Names do not wait for figures.
    count: () => Promise.reject(new Error('nothing is counted here')),
    onDisk: async () => ({}),
    onError: () => undefined,
  });
  const found = await metrics.read();
  await metrics.stop();
  return found.map(({ name }) => name);
}
