import assert from 'node:assert/strict';
import { readExpectation } from './corpus-expectation.js';
import { isWhole, wrapFragment } from './corpus-rule.js';

const wrapped = (text: string): string => Buffer.from(wrapFragment(Buffer.from(text))).toString();
const CALENDAR = /^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\nPRODID:[^\r\n]+\r\n([\s\S]*)END:VCALENDAR\r\n$/;
const EVENT = /^BEGIN:VEVENT\r\n(?:(?:UID|DTSTAMP|DTSTART|DURATION):[^\r\n]+\r\n){4}([\s\S]*)END:VEVENT\r\n$/;

describe('RFC 5545 §3.4 the rule by which a fragment becomes a calendar', () => {
  for (const whole of [
    'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
    'begin:vcalendar\nend:vcalendar',
    '\uFEFFBEGIN:VCALENDAR\r\n',
    '\r\n\nBEGIN:vCard\nEND:vCard\n',
    'BEGIN:VCARD\r\r\nVERSION:3.0\r\r\n',
  ]) {
    it(`leaves ${JSON.stringify(whole)} as it is`, () => {
      assert.ok(isWhole(Buffer.from(whole)));
      assert.equal(wrapped(whole), whole);
    });
  }

  it('puts a component into a VCALENDAR and repairs nothing in it', () => {
    assert.equal(CALENDAR.exec(wrapped('BEGIN:VEVENT\nEND:VEVENT\n'))?.[1], 'BEGIN:VEVENT\nEND:VEVENT\n');
  });

  it('ends the last line of a fragment that does not', () => {
    assert.equal(CALENDAR.exec(wrapped('BEGIN:VTODO\nEND:VTODO'))?.[1], 'BEGIN:VTODO\nEND:VTODO\r\n');
  });

  for (const fragment of ['BEGIN:VALARM\r\nEND:VALARM\r\n', 'SUMMARY:bare\r\n']) {
    it(`puts ${JSON.stringify(fragment)} into a VEVENT as well (§3.6.6)`, () => {
      const inner = CALENDAR.exec(wrapped(fragment))?.[1] ?? '';
      assert.equal(EVENT.exec(inner)?.[1], fragment);
    });
  }

  it('keeps bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x42, 0xdf, 0x0a]);
    assert.ok(Buffer.from(wrapFragment(bytes)).includes(bytes));
  });
});

describe('RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1 the expectations for the corpus', () => {
  it('names a precondition of its own standard exactly where a file is refused', async () => {
    const { files } = await readExpectation();
    assert.equal(files.size, 121);
    for (const [name, { status, precondition }] of files) {
      assert.equal(precondition === undefined, status === 201, name);
      const prefix = name.startsWith('icalendar/') ? 'CALDAV:' : 'CARDDAV:';
      assert.ok(precondition?.startsWith(prefix) ?? true, name);
    }
  });

  it('gives a reason that names an RFC and a section', async () => {
    const { files } = await readExpectation();
    for (const [name, { why }] of files) assert.match(why, /RFC \d+ §\d/, name);
  });

  it('lists the files in order', async () => {
    const names = [...(await readExpectation()).files.keys()];
    assert.deepEqual(names, names.toSorted());
  });
});
