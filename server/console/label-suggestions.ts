/** Names for a new app password: the device's own, with the holder's first name where it is known, and none that is taken. */
import { text } from './text.js';
import type { DeviceKind } from './devices.js';

/** Devices that one person has, of which a household has several. */
const personal: ReadonlySet<DeviceKind> = new Set(['iphone', 'mac', 'android']);

const namesOf = (kind: DeviceKind): readonly string[] =>
  kind === 'iphone' ? [text('kind.iphone.name'), text('kind.iphone.also')] : [text(`kind.${kind}.name`)];

/** The best one first. */
export function suggestedLabels(
  kind: DeviceKind,
  displayName: string | undefined,
  taken: ReadonlySet<string>,
): readonly string[] {
  const [firstName] = (displayName ?? '').trim().split(/\s+/);
  const names = namesOf(kind);
  const owned =
    firstName === undefined || firstName === '' || !personal.has(kind)
      ? []
      : names.map((device) => text('label.of', { name: firstName, device }));
  return [...owned, ...names].map((name) => freeLabel(name, taken));
}

/** The name, with a number behind where it is taken: "iPhone 2". */
export function freeLabel(name: string, taken: ReadonlySet<string>): string {
  const folded = new Set([...taken].map((each) => each.toLowerCase()));
  let label = name;
  for (let count = 2; folded.has(label.toLowerCase()); count += 1) label = `${name} ${count}`;
  return label;
}
