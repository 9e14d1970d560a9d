/** Traces of real servers, as a collector takes them. */
import assert from 'node:assert/strict';
import { runCli } from '../../server/cli/program.js';
import { engine } from '../engine.js';
import { until } from '../until.js';
import { startCollector } from './collector.js';
import type { Collected, Collector } from './collector.js';
import { event } from '../dav/requests.js';
import { dataFolder, latchkey, startServer } from './process.js';
import type { DataFolder, RunningServer, Variables } from './process.js';

const route = '/dav/calendars/:account/:collection/:object';

describe('Traces', function () {
  this.timeout(120_000);
  let folder: DataFolder;
  let collector: Collector;
  let server: RunningServer;

  beforeEach(async () => {
    folder = await dataFolder();
    collector = await startCollector();
  });
  afterEach(async () => {
    await folder.remove();
    await collector.close();
  });

  async function start(variables: Variables = {}): Promise<void> {
    const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' };
    server = await startServer({ ...folder.variables, ...tracing, ...variables });
  }

  async function stop(): Promise<void> {
    server.kill('SIGTERM');
    const { code, stderr } = await server.ended;
    assert.equal(code, 0, stderr);
  }

  async function device(name: string): Promise<string> {
    const command = async (...args: readonly string[]): Promise<string> => {
      let out = '';
      const terminal = { out: (text: string) => void (out += text), err: () => undefined };
      assert.equal(await runCli(args, folder.variables, terminal), 0);
      return out;
    };
    await command('account', 'add', name);
    const made = await command('app-password', 'add', name, '--label', 'x', '--json');
    return `Basic ${Buffer.from(`${name}:${(JSON.parse(made) as { secret: string }).secret}`).toString('base64')}`;
  }

  async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`${server.baseUrl}${path}`, {
      method,
      headers: { ...headers, Connection: 'close' },
      body: method === 'PUT' ? event('a') : null,
    });
    await response.text();
    return response;
  }

  const find = (named: string): Collected => {
    const found = collector.spans().filter(({ name }) => name === named);
    const [first] = found;
    const all = collector.spans().map(({ name }) => name);
    assert.ok(first !== undefined && found.length === 1, `one ${named} among ${all.join(', ')}`);
    return first;
  };

  it('have a span for each request and one for each of its units of work, and name nobody', async () => {
    await start({ OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test' });
    const authorization = await device('rosalind');
    await ask('MKCALENDAR', '/dav/calendars/rosalind/work/', { Authorization: authorization });
    const put = await ask('PUT', '/dav/calendars/rosalind/work/a.ics?secret=1', {
      Authorization: authorization,
      'Content-Type': 'text/calendar',
    });
    assert.equal(put.status, 201);
    await ask('PROPFIND', '/dav/calendars/rosalind/', { Authorization: authorization, Depth: '1' });
    assert.equal((await ask('GET', '/dav/calendars/rosalind/work/a.ics')).status, 401);
    await ask('SUBSCRIBE', '/somewhere');
    await ask('GET', '/readyz');
    await ask('GET', '/invite/a-token-of-somebody');
    await stop();
    assert.deepEqual([...collector.paths], ['POST /v1/traces']);

    const request = find(`PUT ${route}`);
    assert.equal(request.parentSpanId, undefined);
    assert.equal(request.kind, 2, 'of a server');
    assert.deepEqual(request.attributes, {
      'http.request.method': 'PUT',
      'http.route': route,
      'url.path': route,
      'url.scheme': 'http',
      'http.response.status_code': 201,
      'network.protocol.version': '1.1',
      'latchkey.request_id': put.headers.get('X-Request-Id'),
    });
    assert.equal(request.resource['service.name'], 'latchkey');
    assert.equal(request.resource['deployment.environment.name'], 'test');
    assert.ok(request.ms > 0);

    const units = collector.spans().filter(({ parentSpanId }) => parentSpanId === request.spanId);
    const written = units.find(({ name }) => name === 'database write');
    assert.ok(written !== undefined, 'the object was written');
    assert.equal(written.traceId, request.traceId);
    assert.equal(written.kind, 3, 'of a client');
    assert.equal(written.attributes['db.system.name'], engine === 'postgres' ? 'postgresql' : 'sqlite');
    assert.equal(written.attributes['db.operation.name'], 'write');
    assert.ok(Number(written.attributes['latchkey.database.wait_ms']) >= 0);
    assert.ok(units.some(({ name }) => name === 'authenticate'));
    const listing = find('PROPFIND /dav/calendars/:account/');
    assert.ok(
      collector
        .spans()
        .some(({ name, parentSpanId }) => name === 'database read' && parentSpanId === listing.spanId),
    );
    const page = find('GET /invite/:token');
    const below = collector.spans().filter(({ parentSpanId }) => parentSpanId === page.spanId);
    assert.ok(
      below.some(({ name }) => name === 'database read'),
      'the console looked for the invitation',
    );

    assert.equal(find(`GET ${route}`).attributes['http.response.status_code'], 401);
    assert.equal(find('HTTP').attributes['http.request.method'], '_OTHER');
    assert.ok(collector.spans().every(({ name }) => !name.includes('readyz')));
    const sent = collector.bodies.join('');
    for (const word of ['rosalind', 'a.ics', 'secret', 'SUBSCRIBE', 'somewhere', 'token-of'])
      assert.ok(!sent.includes(word), word);
    const { stderr } = await server.ended;
    assert.ok(stderr.includes(`"traceId":"${request.traceId}"`), 'the log names the trace');
  });

  it('W3C Trace Context: go on with a trace of our own side, and do as it says', async () => {
    await start();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = (sampled: boolean): Record<string, string> => ({
      traceparent: `00-${trace}-00f067aa0ba902b7-${sampled ? '01' : '00'}`,
    });
    await ask('OPTIONS', '/dav/', traceparent(true));
    await ask('PROPFIND', '/dav/', traceparent(false));
    await ask('REPORT', '/dav/', { ...traceparent(true), 'X-Forwarded-For': '192.0.2.1' });
    await ask('MKCOL', '/dav/', { traceparent: 'nonsense' });
    await stop();
    const { traceId, parentSpanId } = find('OPTIONS /dav/');
    assert.deepEqual([traceId, parentSpanId], [trace, '00f067aa0ba902b7']);
    assert.ok(!collector.spans().some(({ name }) => name.startsWith('PROPFIND')), 'was not to be recorded');
    assert.notEqual(find('REPORT /dav/').traceId, trace, 'came from afar');
    assert.equal(find('MKCOL /dav/').parentSpanId, undefined);
  });

  it('are few where the sampler says so', async () => {
    await start({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' });
    assert.equal((await ask('PROPFIND', '/dav/')).status, 401);
    await stop();
    assert.deepEqual(collector.spans(), []);
    assert.ok(!(await server.ended).stderr.includes('traceId'));
  });

  it('disturb nobody when the collector is not there, or refuses them; the log says so once', async () => {
    collector.answerWith(400);
    await start();
    const warned = (): number => server.log().split('traces are not taken').length - 1;
    assert.equal((await ask('PROPFIND', '/dav/')).status, 401);
    await until(() => warned() === 1, server.log);
    for (let times = 0; times < 3; times += 1) await ask('PROPFIND', '/dav/');
    collector.answerWith(200);
    // Which of the next ones finds it well again is a matter of time.
    await until(async () => {
      await ask('OPTIONS', '/dav/');
      return server.log().includes('traces are taken again');
    }, server.log);
    assert.equal(warned(), 1);
    await collector.close();
    assert.equal((await ask('PROPFIND', '/dav/')).status, 401);
    await stop();
  });

  it('of several processes come from each of them', async () => {
    await start({ LATCHKEY_WORKERS: '2' });
    const instances = (): Set<unknown> =>
      new Set(collector.spans().map(({ resource }) => resource['service.instance.id']));
    await until(async () => {
      await ask('PROPFIND', '/dav/');
      return instances().size === 2;
    }, 'spans of both');
    await stop();
  });

  it('are not made without a collector, nor where they are switched off', async () => {
    for (const off of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
      await start(off);
      await ask('PROPFIND', '/dav/');
      await stop();
    }
    assert.deepEqual(collector.bodies, []);
  });

  it('need the address of a collector, which is not repeated', async () => {
    const variables = { ...folder.variables, OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:secret@127.0.0.1/' };
    const { code, stderr } = await latchkey(['serve'], variables);
    assert.equal(code, 78);
    assert.match(stderr, /OTEL_EXPORTER_OTLP_ENDPOINT/);
    assert.doesNotMatch(stderr, /secret/);
  });
});
