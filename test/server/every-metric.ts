/** All metrics that a server gives out, for what names them elsewhere. */
import { Metrics } from '../../server/observability/metrics/index.js';
import type { Metric } from '../../server/observability/metrics/index.js';
import type { CollectionSizes } from '../../storage/index.js';
import { until } from '../until.js';

/** What a histogram gives out. */
const suffixes = ['bucket', 'sum', 'count'];

export interface KnownMetric {
  readonly labels: ReadonlySet<string>;
}

/** By the names that Prometheus asks by, each with the labels that its samples have. */
export async function everyMetric(): Promise<ReadonlyMap<string, KnownMetric>> {
  const metrics = new Metrics({ version: '0.0.0', engine: 'sqlite' });
  countSomethingOfEach(metrics);
  // What is stored is counted beside the first reading.
  let found: readonly Metric[] = [];
  await until(async () => {
    found = await metrics.read();
    return found.some(({ name, values }) => name === 'latchkey_objects' && values.length > 0);
  }, 'what is stored is counted');
  await metrics.stop();
  return new Map(
    found.flatMap(({ name, type, values }) => {
      const labels = new Set(values.flatMap((sample) => Object.keys(sample.labels)));
      const names = type === 'histogram' ? suffixes.map((suffix) => `${name}_${suffix}`) : [name];
      return names.map((each): [string, KnownMetric] => [each, { labels }]);
    }),
  );
}

/** The name of the metric that a sample belongs to. */
export const familyOf = (name: string): string => name.replace(/_(bucket|sum|count)$/, '');

function countSomethingOfEach(metrics: Metrics): void {
  metrics.answered('GET', '/dav/', 200, 1, true);
  metrics.connectionRefused('too many');
  const client = { address: '127.0.0.1', https: false, loopback: true, userAgent: undefined };
  metrics.authentication.refused(403, 'need-privileges');
  void metrics.authentication.countingChecks(async () => ({ kind: 'throttled', retryAfterSeconds: 1 }))({
    ...{ ...client, authorization: undefined, path: '/dav/', method: 'GET' },
  });
  const refused = async (): Promise<{ kind: 'refused' }> => ({ kind: 'refused' });
  const stepUp = (): Promise<never> => Promise.reject(new Error('nobody steps up here'));
  const input = { cookieHeader: undefined, passkey: '', client };
  const signIn = { begin: refused, finish: refused, byPasskey: refused, stepUp };
  void metrics.authentication.countingSignIns(signIn).byPasskey(input);
  const one: CollectionSizes = {
    ...{ collections: 1, objects: 1, bytes: 1, collectionsToIndex: 1, objectsToIndex: 1 },
  };
  metrics.countSizes({
    count: async () => ({
      accounts: { enabled: 1, disabled: 0, beingDeleted: 0 },
      accountsWithoutSecondFactor: 1,
      ...{ appPasswords: 1, sessions: 1, mail: 1, oldestMailMs: 1, tombstones: 1, collectionsToPurge: 1 },
      byKind: { calendar: one, addressbook: one },
    }),
    onDisk: async () => ({ file: 1 }),
    onError: (error) => {
      throw error;
    },
  });
}
