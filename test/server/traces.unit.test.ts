import assert from 'node:assert/strict';
import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { ConfigError } from '../../server/config.js';
import { createLog } from '../../server/observability/log.js';
import { Delivery } from '../../server/observability/traces/delivery.js';
import { RequestTrace } from '../../server/observability/traces/request-trace.js';
import { traceContextOf } from '../../server/observability/traces/trace-context.js';
import { StorageBusyError } from '../../storage/index.js';
import { tracingOf } from '../../server/tracing-settings.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('W3C Trace Context', () => {
  const readOf = (traceparent: string, tracestate?: string): ReturnType<typeof traceContextOf> =>
    traceContextOf({ traceparent, ...(tracestate === undefined ? {} : { tracestate }) });

  it('§3.2: is read, with whether the trace is recorded', () => {
    const common = { traceId, spanId, isRemote: true };
    assert.deepEqual(readOf(`00-${traceId}-${spanId}-01`), { ...common, traceFlags: 1 });
    assert.deepEqual(readOf(`00-${traceId}-${spanId}-00`), { ...common, traceFlags: 0 });
    assert.deepEqual(readOf(`00-${traceId}-${spanId}-03`), { ...common, traceFlags: 1 });
  });

  it('§3.2.4: of a later version is read as far as it is known', () => {
    assert.equal(readOf(`cc-${traceId}-${spanId}-01-what-the-future-will-be`)?.traceId, traceId);
    assert.equal(readOf(`cc-${traceId}-${spanId}-01`)?.spanId, spanId);
  });

  it('§3.2.2: is as nothing where it is malformed', () => {
    for (const malformed of [
      '',
      `ff-${traceId}-${spanId}-01`,
      `00-${traceId}-${spanId}-01-more`,
      `00-${traceId}-${spanId}-01.`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
      `00-${'0'.repeat(32)}-${spanId}-01`,
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `00-${traceId}-${spanId}`,
      `00-${traceId}-${spanId}-1`,
    ])
      assert.equal(readOf(malformed), undefined, malformed);
    assert.equal(traceContextOf({}), undefined);
  });

  it('§3.3: has a state that is passed on', () => {
    const state = readOf(`00-${traceId}-${spanId}-01`, 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE')?.traceState;
    assert.deepEqual([state?.get('rojo'), state?.get('congo')], ['00f067aa0ba902b7', 't61rcWkgMzE']);
    assert.equal(readOf(`00-${traceId}-${spanId}-01`, `a=${'b'.repeat(600)}`)?.traceState, undefined);
  });
});

describe('The variables of OpenTelemetry', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

  it('have requests traced where they name a collector', () => {
    assert.equal(tracingOf({}), undefined);
    assert.equal(tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }), undefined);
    assert.deepEqual(tracingOf(endpoint), { timeoutMs: 3_000 });
    assert.ok(tracingOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.org/v1/traces' }));
    assert.deepEqual(tracingOf({ ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '500' }), { timeoutMs: undefined });
  });

  it('can switch that off again', () => {
    assert.equal(tracingOf({ ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }), undefined);
    assert.equal(tracingOf({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }), undefined);
    assert.ok(tracingOf({ ...endpoint, OTEL_SDK_DISABLED: 'false', OTEL_TRACES_EXPORTER: 'otlp' }));
  });

  it('are refused where the collector is to be spoken to in another way', () => {
    assert.throws(() => tracingOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), ConfigError);
    // What is sent as JSON goes to the same address.
    assert.ok(tracingOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }));
  });

  it('are refused where nobody could say which requests are wanted', () => {
    const sampled = (name: string, share = ''): unknown =>
      tracingOf({ ...endpoint, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share });
    assert.ok(sampled('always_on'));
    for (const share of ['0', '0.05', '.5', '1', '1.0']) assert.ok(sampled('traceidratio', share));
    for (const share of ['', '5', '-1', 'half'])
      assert.throws(() => sampled('parentbased_traceidratio', share), ConfigError, share);
    assert.throws(() => sampled('often'), ConfigError);
  });

  it('are refused where the collector has no address', () => {
    for (const wrong of ['collector:4318', '4318', 'grpc://127.0.0.1'])
      assert.throws(() => tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: wrong }), ConfigError, wrong);
  });
});

describe('The trace of a request', () => {
  const finished = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(finished)],
  }).getTracer('test');
  const tracing = { tracer, system: 'sqlite', inside: () => undefined, outside: () => undefined };
  const traceOf = (): RequestTrace => new RequestTrace(tracing, tracer.startSpan('HTTP'));
  const spansNamed = (name: string): ReadableSpan[] =>
    finished.getFinishedSpans().filter((span) => span.name === name);
  const answered = { method: 'PUT', route: '/dav/', status: 507, aborted: true };
  beforeEach(() => finished.reset());

  it('has a hundred units of work at most, counts the others, and takes none once it is over', async () => {
    const trace = traceOf();
    for (let times = 0; times < 150; times += 1) await trace.unit('write', async () => undefined);
    assert.equal(spansNamed('database write').length, 100);
    trace.end(answered);
    const over = traceOf();
    over.end(answered);
    assert.equal(await over.unit('read', async () => 'the work is done'), 'the work is done');
    assert.equal(spansNamed('database read').length, 0);
    const requests = spansNamed('PUT /dav/').map(({ attributes }) => attributes['latchkey.database.units']);
    assert.deepEqual(requests, [150, undefined]);
  });

  it('tells failures of the database from those of the work, and how often others stood in its way', async () => {
    const trace = traceOf();
    const fails = (error: Error): Promise<void> => trace.unit('write', () => Promise.reject(error));
    await assert.rejects(fails(new StorageBusyError('busy')), StorageBusyError);
    await assert.rejects(fails(new Error('a condition does not hold')));
    await trace.unit('write', async (begins) => {
      begins();
      begins();
    });
    const found = spansNamed('database write').map(({ status: { code }, attributes }) => [
      code === SpanStatusCode.ERROR,
      attributes['error.type'],
      attributes['latchkey.database.attempts'],
    ]);
    assert.deepEqual(found, [
      [true, 'StorageBusyError', undefined],
      [false, undefined, undefined],
      [false, undefined, 2],
    ]);
  });

  it('says that the server failed, or that the client went away', () => {
    traceOf().end(answered);
    traceOf().end({ ...answered, status: 404, aborted: false });
    const [failed, refused] = finished.getFinishedSpans();
    assert.equal(failed?.status.code, SpanStatusCode.ERROR);
    assert.equal(failed.attributes['error.type'], '507');
    assert.equal(failed.attributes['latchkey.aborted'], true);
    assert.equal(refused?.status.code, SpanStatusCode.UNSET);
    assert.equal(refused.attributes['error.type'], undefined);
  });
});

describe('The delivery of traces', () => {
  it('is spoken of when it changes, and not at each failure', async () => {
    const lines: string[] = [];
    const [refuses, takes] = [new InMemorySpanExporter(), new InMemorySpanExporter()];
    await refuses.shutdown();
    const exporters = [refuses, refuses, takes, takes, refuses];
    const delivery = new Delivery(
      {
        export: (spans, taken) => exporters.shift()?.export(spans, taken),
        shutdown: async () => undefined,
      },
      createLog('info', { write: (line) => void lines.push(line) }),
    );
    for (let times = 0; times < 5; times += 1) await new Promise((resolve) => delivery.export([], resolve));
    await delivery.shutdown();
    const levels = lines.map((line) => (JSON.parse(line) as { level: string }).level);
    assert.deepEqual(levels, ['warn', 'info', 'warn']);
  });
});
