import { invalidData, quoted } from '../errors.js';
import { contentLineOf, type TypedProperty } from './typed-property.js';

/** A component as it is read from jCal or xCal. */
export interface TypedComponent {
  /** In any case. */
  readonly name: string;
  readonly properties: readonly TypedProperty[];
  readonly components: readonly TypedComponent[];
}

/**
 * iCalendar text of a component. What is in it is checked by whoever reads the text.
 * @throws CalendarDataError `valid-calendar-data` for names and values that iCalendar cannot write
 */
export function calendarText(component: TypedComponent): string {
  const lines: string[] = [];
  write(component, lines);
  return lines.join('');
}

function write({ name, properties, components }: TypedComponent, lines: string[]): void {
  if (!/^[a-z0-9-]+$/i.test(name)) throw invalidData(`${quoted(name)} is no name of a component.`);
  lines.push(`BEGIN:${name.toUpperCase()}\r\n`);
  for (const property of properties) lines.push(contentLineOf(property));
  for (const child of components) write(child, lines);
  lines.push(`END:${name.toUpperCase()}\r\n`);
}
