/** The one rule by which a file of the corpus becomes the body of a PUT; `rule` in the expectations says it in words. */

const CALENDAR_HEAD = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Latchkey//Corpus fragment//EN\r\n';
const CALENDAR_TAIL = 'END:VCALENDAR\r\n';

// The length is there because a trigger related to the end needs an end (RFC 5545 §3.8.6.3).
const EVENT_HEAD =
  'BEGIN:VEVENT\r\nUID:corpus-fragment@latchkey.example\r\nDTSTAMP:20260101T000000Z\r\n' +
  'DTSTART:20260101T090000Z\r\nDURATION:PT1H\r\n';
const EVENT_TAIL = 'END:VEVENT\r\n';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const LF = 0x0a;

/** Whether the first content line begins a VCALENDAR or a VCARD, so that the file is PUT as it is. */
export function isWhole(bytes: Uint8Array): boolean {
  return /^BEGIN:(?:VCALENDAR|VCARD)$/i.test(firstContentLine(bytes));
}

/**
 * The file's bytes unchanged if they are a whole object (`isWhole`), else the fragment inside the least object that
 * can hold it: a VCALENDAR (RFC 5545 §3.4), and for a VALARM (§3.6.6) or bare properties a VEVENT in it. Nothing
 * inside the fragment is changed or added.
 */
export function wrapFragment(bytes: Uint8Array): Uint8Array {
  if (isWhole(bytes)) return bytes;
  const needsEvent = !/^BEGIN:(?!VALARM$)/i.test(firstContentLine(bytes));
  const head = CALENDAR_HEAD + (needsEvent ? EVENT_HEAD : '');
  const lineEnd = bytes.at(-1) === LF ? '' : '\r\n';
  const tail = lineEnd + (needsEvent ? EVENT_TAIL : '') + CALENDAR_TAIL;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]);
}

function firstContentLine(bytes: Uint8Array): string {
  const marked = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte);
  const text = Buffer.from(marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes).toString('latin1');
  return /[^\r\n]+/.exec(text)?.[0] ?? '';
}
