/** The calendar of birthdays, which only the server writes. */
import assert from 'node:assert/strict';
import { Device } from '../device.js';
import type { Lab } from '../lab.js';
import { card, event } from '../samples.js';
import type { DeskCheck } from './checks.js';
import { Desk } from './desk.js';
import { until } from './until.js';

export const birthdayCheck: DeskCheck = {
  name: 'events: the calendar of birthdays comes, read only, and what is written there is refused',
  run: birthdays,
};

async function birthdays({ client, signal }: Desk, lab: Lab): Promise<void> {
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
  assert.equal(await client.isReadOnly(calendar), true);
  const before = await device.list(calendar.path);
  await assert.rejects(client.add(calendar, event('Refused').text));
  assert.deepEqual(await device.list(calendar.path), before);
}
