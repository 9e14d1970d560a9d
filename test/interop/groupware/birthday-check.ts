/** The calendar of birthdays, which only the server writes. */
import assert from 'node:assert/strict';
import { Device } from '../device.js';
import type { Lab } from '../lab.js';
import { card, event } from '../samples.js';
import type { DeskCheck } from './checks.js';
import { Desk } from './desk.js';
import { until } from './until.js';

/** `readOnly` says whether the client sees that nothing can be written there, before it tries. */
export function birthdayCheck({ readOnly }: { readonly readOnly: boolean }): DeskCheck {
  const seen = readOnly ? 'read only' : 'taken for writable';
  return {
    name: `events: the calendar of birthdays comes, ${seen}, and what is written there is refused`,
    run: (desk, lab) => birthdays(desk, lab, readOnly),
  };
}

async function birthdays({ client, signal }: Desk, lab: Lab, readOnly: boolean): Promise<void> {
  const login = await lab.account(signal);
  const device = new Device(lab.baseUrl, login, signal);
  const { uid, title, text } = card('Anna');
  const born = text.replace('END:VCARD', 'BDAY:1990-02-03\r\nEND:VCARD');
  await device.put('contacts', await device.collection('contacts'), { uid, title, text: born });
  const ordinary = await device.collections('calendars');
  await lab.switchOnBirthdays(login);
  const desk = await Desk.open(client, lab, login, signal);
  const calendar = await until(signal, async () => {
    const found = await client.collections(desk.account);
    const made = found.find(({ store, path }) => store === 'events' && !ordinary.includes(path));
    assert.ok(made, 'no second calendar');
    return made;
  });
  await until(signal, async () => {
    await client.refresh(calendar);
    assert.match((await client.texts(calendar)).join(''), /^SUMMARY:.*Anna/m);
  });
  assert.equal(await client.isReadOnly(calendar), readOnly);
  const before = await device.list(calendar.path);
  await assert.rejects(client.add(calendar, event('Refused').text));
  assert.deepEqual(await device.list(calendar.path), before);
}
