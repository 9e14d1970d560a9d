import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { multistatusHolds, preconditionsOf } from './corpus-answer.js';
import { readExpectation, type CorpusExpectation, type FileExpectation } from './corpus-expectation.js';
import { isWhole, wrapFragment } from './corpus-rule.js';

/** Where to PUT the corpus. The calendar must take VEVENT, VTODO, VJOURNAL, VFREEBUSY and VAVAILABILITY. */
export interface CorpusOptions {
  readonly baseUrl: string;
  /** Absolute, or a path below `baseUrl`. */
  readonly calendarUrl: string;
  readonly addressbookUrl: string;
  /** The value of the Authorization header. */
  readonly authorization: string;
  /** The folder that holds `icalendar/` and `vcard/`. */
  readonly corpusFolder: string;
  /** Instead of `fixtures/corpus-expected.json`. */
  readonly expectation?: CorpusExpectation;
}

export interface CorpusCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was wrong, or what was answered as expected. */
  readonly detail: string;
}

interface Target {
  readonly collection: URL;
  readonly authorization: string;
  readonly extension: string;
  readonly contentType: string;
  readonly query: string;
}

interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

const FOLDERS = ['icalendar', 'vcard'] as const;
const TIMEOUT_MS = 30_000;

const CALENDAR_QUERY =
  '<?xml version="1.0" encoding="utf-8"?>' +
  '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">' +
  '<D:prop><D:getetag/><C:calendar-data/></D:prop>' +
  '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>';

const ADDRESSBOOK_QUERY =
  '<?xml version="1.0" encoding="utf-8"?>' +
  '<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">' +
  '<D:prop><D:getetag/><C:address-data/></D:prop><C:filter/></C:addressbook-query>';

/**
 * PUTs every file of the corpus to a running server and compares with the expectation: status, precondition, and for
 * what is accepted the bytes that GET gives back and a query over the collection that still answers (RFC 4791 §5.3.2,
 * RFC 6352 §6.3.2). Each accepted object is deleted again. One check a file; never throws for a single file.
 */
export async function runCorpus(options: CorpusOptions): Promise<CorpusCheck[]> {
  const { files } = options.expectation ?? (await readExpectation());
  const found = await listCorpus(options.corpusFolder);
  const checks: CorpusCheck[] = [];
  for (const name of [...new Set([...files.keys(), ...found])].sort()) {
    checks.push(await checkFile(options, name, files.get(name), found.has(name)));
  }
  return checks;
}

async function listCorpus(folder: string): Promise<Set<string>> {
  const names = await Promise.all(
    FOLDERS.map(async (kind) => (await readdir(join(folder, kind))).map((name) => `${kind}/${name}`)),
  );
  return new Set(names.flat());
}

async function checkFile(
  options: CorpusOptions,
  name: string,
  expected: FileExpectation | undefined,
  exists: boolean,
): Promise<CorpusCheck> {
  if (expected === undefined) return { name, ok: false, detail: 'the expectations do not name this file' };
  if (!exists) return { name, ok: false, detail: 'the corpus does not hold this file' };
  try {
    const body = bodyOf(await readFile(join(options.corpusFolder, name)), expected);
    return { name, ok: true, detail: await putAndCompare(targetOf(options, name), body, expected) };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function bodyOf(bytes: Buffer, expected: FileExpectation): Uint8Array {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== expected.sha256) throw new Error(`another file than was judged: sha256 ${sha256}`);
  const put = isWhole(bytes) ? 'as-is' : 'wrapped';
  if (put !== expected.put) throw new Error(`the rule says ${put}, the expectation ${expected.put}`);
  return wrapFragment(bytes);
}

function targetOf(options: CorpusOptions, name: string): Target {
  const calendar = name.startsWith('icalendar/');
  const url = calendar ? options.calendarUrl : options.addressbookUrl;
  return {
    collection: new URL(url.endsWith('/') ? url : `${url}/`, options.baseUrl),
    authorization: options.authorization,
    extension: calendar ? 'ics' : 'vcf',
    contentType: calendar ? 'text/calendar; charset=utf-8' : 'text/vcard; charset=utf-8',
    query: calendar ? CALENDAR_QUERY : ADDRESSBOOK_QUERY,
  };
}

async function putAndCompare(target: Target, body: Uint8Array, expected: FileExpectation): Promise<string> {
  const object = new URL(`${randomUUID()}.${target.extension}`, target.collection);
  const answer = await send(target, 'PUT', object, {
    headers: { 'Content-Type': target.contentType, 'If-None-Match': '*' },
    body,
  });
  if (answer.status < 200 || answer.status > 299) return compareRefusal(answer, expected);
  try {
    if (answer.status !== expected.status) throw unexpected(answer, expected);
    await compareStored(target, object, body);
  } finally {
    await remove(target, object);
  }
  return '201, same bytes';
}

function compareRefusal(answer: Answer, expected: FileExpectation): string {
  if (answer.status !== expected.status) throw unexpected(answer, expected);
  const named = preconditionsOf(answer.bytes.toString('utf8'));
  if (named.length !== 1 || named[0] !== expected.precondition) {
    throw new Error(`named ${named.join(', ') || 'no precondition'}, not ${expected.precondition ?? 'none'}`);
  }
  return `${answer.status} ${named[0]}`;
}

async function compareStored(target: Target, object: URL, body: Uint8Array): Promise<void> {
  const read = await send(target, 'GET', object);
  if (read.status !== 200) throw new Error(`GET answered ${read.status}`);
  if (!read.bytes.equals(body))
    throw new Error(`GET gave other bytes (${read.bytes.length}, not ${body.length})`);
  const report = await send(target, 'REPORT', target.collection, {
    headers: { 'Content-Type': 'application/xml; charset=utf-8', Depth: '1' },
    body: Buffer.from(target.query),
  });
  if (report.status !== 207) throw new Error(`a query over the collection answered ${report.status}`);
  if (!multistatusHolds(report.bytes.toString('utf8'), object.pathname)) {
    throw new Error('a query over the collection does not hold the object');
  }
}

async function remove(target: Target, object: URL): Promise<void> {
  const { status } = await send(target, 'DELETE', object);
  if (status !== 204 && status !== 200) throw new Error(`DELETE answered ${status}`);
}

function unexpected(answer: Answer, expected: FileExpectation): Error {
  const wanted = [expected.status, expected.precondition].filter((part) => part !== undefined).join(' ');
  const said = answer.bytes.toString('utf8').replace(/\s+/g, ' ').slice(0, 300);
  return new Error(
    `PUT answered ${answer.status}, not ${wanted} (${expected.why})${said === '' ? '' : `: ${said}`}`,
  );
}

async function send(
  target: Target,
  method: string,
  url: URL,
  request: { headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { Authorization: target.authorization, ...request.headers },
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}
