import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CorpusExpectation, FileExpectation } from './corpus-expectation.js';
import { runCorpus, type CorpusCheck } from './corpus.js';

/** How the server under test misbehaves; empty for one that does as expected. */
interface Faults {
  readonly accepts?: true;
  readonly precondition?: string;
  readonly extraByte?: true;
  readonly queryStatus?: number;
  readonly queryEmpty?: true;
  readonly silent?: true;
}

const GOOD = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
const BAD = 'BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n';
const CARD = 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD\r\n';

const expect = (text: string, over: Partial<FileExpectation> = {}): FileExpectation => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  put: 'as-is',
  status: 201,
  why: 'RFC 4791 §4.1.',
  ...over,
});

const refused = expect(BAD, { status: 403, precondition: 'CALDAV:valid-calendar-object-resource' });

describe('RFC 4791 §5.3.2 the corpus run', () => {
  let folder: string;
  let server: Server | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'corpus-'));
    for (const [name, text] of [
      ['icalendar/good.ics', GOOD],
      ['icalendar/bad.ics', BAD],
      ['vcard/card.vcf', CARD],
    ] as const) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  });

  afterEach(async () => {
    server?.close();
    server?.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  const run = async (faults: Faults = {}, over: [string, FileExpectation | undefined][] = []) => {
    const files = new Map<string, FileExpectation>([
      ['icalendar/good.ics', expect(GOOD)],
      ['icalendar/bad.ics', refused],
      ['vcard/card.vcf', expect(CARD)],
    ]);
    for (const [name, value] of over) {
      if (value === undefined) files.delete(name);
      else files.set(name, value);
    }
    server = serve(faults);
    await once(server, 'listening');
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return runCorpus({
      baseUrl,
      calendarUrl: '/dav/calendars/a/c',
      addressbookUrl: '/dav/addressbooks/a/b/',
      authorization: 'Basic YTpi',
      corpusFolder: folder,
      expectation: { rule: 'any', files } satisfies CorpusExpectation,
    });
  };

  it('is content with a server that answers as expected', async () => {
    const checks = await run();
    assert.deepEqual(failed(checks), []);
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['icalendar/bad.ics', 'icalendar/good.ics', 'vcard/card.vcf'],
    );
  });

  for (const [what, faults, names] of [
    ['stores what it must refuse', { accepts: true }, ['icalendar/bad.ics']],
    ['names another precondition', { precondition: 'valid-calendar-data' }, ['icalendar/bad.ics']],
    ['refuses without a sentence', { silent: true }, ['icalendar/bad.ics']],
    ['changes bytes', { extraByte: true }, ['icalendar/good.ics', 'vcard/card.vcf']],
    ['fails a query', { queryStatus: 500 }, ['icalendar/good.ics', 'vcard/card.vcf']],
    ['leaves an object out of a query', { queryEmpty: true }, ['icalendar/good.ics', 'vcard/card.vcf']],
  ] as [string, Faults, string[]][]) {
    it(`finds a server that ${what}`, async () => {
      assert.deepEqual(failed(await run(faults)), names);
    });
  }

  for (const [what, name, expectation] of [
    ['a file nobody judged', 'icalendar/bad.ics', undefined],
    ['an expectation without a file', 'icalendar/gone.ics', refused],
    ['a file that is another than was judged', 'vcard/card.vcf', expect(GOOD)],
    ['an expectation that the rule does not follow', 'icalendar/good.ics', expect(GOOD, { put: 'wrapped' })],
    ['a refusal where the file was to be stored', 'icalendar/bad.ics', expect(BAD)],
  ] as [string, string, FileExpectation | undefined][]) {
    it(`reports ${what}`, async () => {
      assert.deepEqual(failed(await run({}, [[name, expectation]])), [name]);
    });
  }
});

function failed(checks: readonly CorpusCheck[]): string[] {
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
}

function serve(faults: Faults): Server {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void answer(request, objects, faults).then(({ status, body }) => response.writeHead(status).end(body));
  });
  return server.listen(0, '127.0.0.1');
}

async function answer(
  request: IncomingMessage,
  objects: Map<string, Buffer>,
  faults: Faults,
): Promise<{ status: number; body?: Buffer | string }> {
  const path = request.url ?? '/';
  const body = await buffer(request);
  if (request.headers.authorization !== 'Basic YTpi') return { status: 401 };
  if (request.method === 'REPORT') return report(objects, faults);
  if (request.method === 'DELETE') return { status: objects.delete(path) ? 204 : 404 };
  if (request.method === 'GET') {
    const stored = objects.get(path) ?? Buffer.alloc(0);
    return {
      status: 200,
      body: faults.extraByte === true ? Buffer.concat([stored, Buffer.from(' ')]) : stored,
    };
  }
  if (request.headers['if-none-match'] !== '*' || objects.has(path)) return { status: 412 };
  if (body.includes('METHOD:') && faults.accepts !== true) return { status: 403, body: errorBody(faults) };
  objects.set(path, body);
  return { status: 201 };
}

function errorBody(faults: Faults): string {
  const name = faults.precondition ?? 'valid-calendar-object-resource';
  const sentence =
    faults.silent === true ? '' : '<D:responsedescription>No METHOD here.</D:responsedescription>';
  return `<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:${name}/>${sentence}</D:error>`;
}

function report(objects: Map<string, Buffer>, faults: Faults): { status: number; body: string } {
  const responses = [...(faults.queryEmpty === true ? [] : objects.keys())].map(
    (path) =>
      `<D:response><D:href>${path}</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop>` +
      '<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>',
  );
  const body = `<D:multistatus xmlns:D="DAV:">${responses.join('')}</D:multistatus>`;
  return { status: faults.queryStatus ?? 207, body };
}
