/** Files of many objects (RFC 5545 §3.4, RFC 6350 §3.2) taken apart, in whatever pieces they are read. */
import assert from 'node:assert/strict';
import { CalendarOutline, CardOutline, FileLines, UnreadableFileError } from '../../../dav/index.js';
import type { OutlinedObject } from '../../../dav/index.js';

function outline(content: string, pieceLength: number): string[] {
  const bytes = Buffer.from(content);
  const lines = new FileLines(1_000_000);
  const calendar = new CalendarOutline();
  for (let from = 0; from < bytes.length; from += pieceLength)
    for (const line of lines.push(bytes.subarray(from, from + pieceLength)))
      calendar.add(line, lines.lineEnd);
  for (const line of lines.end()) calendar.add(line, lines.lineEnd);
  return calendar.objects().map((object) => textOf(object, bytes));
}

const textOf = ({ pieces }: OutlinedObject, bytes: Buffer): string =>
  pieces
    .map((piece) =>
      typeof piece === 'string' ? piece : bytes.subarray(piece.start, piece.end).toString('utf8'),
    )
    .join('');

const calendar = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (uid: string, ...lines: readonly string[]): string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  ...lines,
  'END:VEVENT',
];

describe('Files of many objects', () => {
  it('are the same whatever pieces they come in', () => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:A zone', 'BEGIN:STANDARD', 'END:STANDARD', 'END:VTIMEZONE'];
    const content = calendar(
      'PRODID:-//a//b',
      'CALSCALE:GREGORIAN',
      'METHOD:PUBLISH',
      ...event('ä', 'DTSTART;VALUE=DATE-TIME;TZID="A zone":20260101T000000', 'SUMMARY:fold', ' ed'),
      ...zone,
      ...event('b', 'DESCRIPTION:BEGIN:VEVENT\\nUID:c'),
    );
    const whole = outline(content, content.length * 2);
    assert.deepEqual(whole, [
      calendar(
        'PRODID:-//a//b',
        'CALSCALE:GREGORIAN',
        ...zone,
        ...event('ä', 'DTSTART;VALUE=DATE-TIME;TZID="A zone":20260101T000000', 'SUMMARY:fold', ' ed'),
      ),
      calendar('PRODID:-//a//b', 'CALSCALE:GREGORIAN', ...event('b', 'DESCRIPTION:BEGIN:VEVENT\\nUID:c')),
    ]);
    for (const length of [1, 2, 7, 64]) assert.deepEqual(outline(content, length), whole);
  });

  it('with one object are that object, byte for byte, with a byte order mark and a last line without an end', () => {
    for (const content of [
      `\ufeff${calendar(...event('a'))}`,
      calendar(...event('a')).trimEnd(),
      calendar('X-WR-CALNAME:x', ...event('a'), ...event('a', 'RECURRENCE-ID:20260101T000000Z')),
    ])
      assert.deepEqual(outline(content, 10), [content]);
  });

  it('may be streams of several calendars', () => {
    const content = calendar(...event('a')) + calendar(...event('b'), ...event('a', 'SEQUENCE:1'));
    const objects = outline(content, 33);
    assert.equal(objects.length, 2);
    assert.equal(objects[0]?.match(/BEGIN:VEVENT/g)?.length, 2);
  });

  for (const [what, content, sentence] of [
    ['nothing', '', /no iCalendar file/],
    ['another text', 'Dear Anna\r\n', /^Line 1 \("Dear Anna"\)/],
    ['an end that is missing', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n', /ends inside/],
    ['components across each other', calendar('BEGIN:VEVENT', 'BEGIN:VALARM', 'END:VEVENT'), /^Line 5 /],
    ['a component outside', 'BEGIN:VEVENT\r\nEND:VEVENT\r\n', /^Line 1 /],
  ] as const)
    it(`are refused with the line where they are ${what}`, () => {
      assert.throws(
        () => outline(content, 5),
        (error) => error instanceof UnreadableFileError && sentence.test(error.message),
      );
    });

  it('hold no line that is longer than an object may be', () => {
    const lines = new FileLines(10);
    assert.throws(() => lines.push(Buffer.from('0123456789abc')), UnreadableFileError);
  });

  it('of cards: those inside others belong to them', () => {
    const text =
      'BEGIN:VCARD\nUID:a\nAGENT:\nBEGIN:VCARD\nUID:b\nEND:VCARD\nEND:VCARD\n\nBEGIN:VCARD\nEND:VCARD\n';
    const lines = new FileLines(1000);
    const cards = new CardOutline();
    const found = [...lines.push(Buffer.from(text)), ...lines.end()]
      .map((line) => cards.add(line))
      .filter((card) => card !== undefined);
    cards.end();
    assert.deepEqual(
      found.map((card) => [card.line, card.uid, textOf(card, Buffer.from(text)).length]),
      [
        [1, 'a', 63],
        [9, undefined, 22],
      ],
    );
  });
});
