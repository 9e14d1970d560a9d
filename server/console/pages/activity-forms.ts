/**
 * An entry of the activity in the two forms in which it leaves the server, the files of the console and
 * `latchkey audit export` alike. Programs read them: names and order stay as they are (docs/operating.md).
 */
import type { ActivityEntry } from '../../../auth/index.js';
import { eventWords } from './activity-kinds.js';

export const activityColumns = ['time', 'event', 'what', 'name', 'by', 'address', 'client'] as const;

/** The members of the JSON object; `address` and `client` are missing where nobody was at the other end. */
export function membersOf({ at, event, actor, address, client, detail }: ActivityEntry) {
  return { time: new Date(at).toISOString(), event, by: actor, address, client, detail };
}

/** The cells of a row, one for each of the columns. */
export function cellsOf({ at, event, actor, address = '', client = '', detail }: ActivityEntry): string[] {
  const { label } = detail;
  const name = typeof label === 'string' ? label : '';
  return [new Date(at).toISOString(), event, eventWords(event), name, actor, address, client];
}

/** The first line. The mark before it tells spreadsheets that it is UTF-8. */
export const headOfCsv = (columns: readonly string[]): string => `\ufeff${columns.join(',')}\r\n`;

export const rowOfCsv = (cells: readonly string[]): string => `${cells.map(quoted).join(',')}\r\n`;

/** RFC 4180 §2. What a spreadsheet would take for a formula gets a quotation mark before it, as OWASP has it. */
function quoted(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}
