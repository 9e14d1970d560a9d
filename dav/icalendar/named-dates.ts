/** Dates that an object names one by one (RFC 5545 §3.8.5.1, §3.8.5.2), counted before anything is made of its lines. */
import { CalendarDataError } from './errors.js';

const lineStart = /^(?:EXDATE|RDATE)[;:]/gim;
const comma = 0x2c;
const lineFeed = 0x0a;
const space = 0x20;
const tab = 0x09;

/**
 * Far more dates than people give, such as 10^5 EXDATEs, would take half a second to read at the write and again in each
 * query.
 * @throws CalendarDataError `max-instances` where the text has more values of RDATE and EXDATE than `limit`
 */
export function requireFewNamedDates(text: string, limit: number): void {
  if (!Number.isFinite(limit)) return;
  let count = 0;
  for (const { index } of text.matchAll(lineStart)) {
    count += valuesOfLine(text, index);
    if (count > limit) {
      const sentence = `The object names more than ${limit} dates of its recurrence one by one.`;
      throw new CalendarDataError('max-instances', sentence);
    }
  }
}

/** Those of the content line that begins there, its folded parts included. */
function valuesOfLine(text: string, start: number): number {
  let count = 1;
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === comma) count += 1;
    else if (unit === lineFeed && !isFold(text.charCodeAt(at + 1))) break;
  }
  return count;
}

const isFold = (unit: number): boolean => unit === space || unit === tab;
