/** Components and properties that came after RFC 5545: kept to the byte, and found by what stands in them. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { text } from '../../dav/xml/element.js';
import { caldav } from '../../dav/xml/names.js';
import { element } from '../../dav/xml/write.js';
import { multistatus, property } from './answers.js';
import { calendarQueryBody } from './bodies.js';
import { davSuite } from './dav-suite.js';
import { calendar, component } from './icalendar/objects.js';

const concert = calendar(
  ...component(
    'VEVENT',
    'DTSTART:20260105T180000Z',
    'COLOR:turquoise',
    'IMAGE;VALUE=URI;DISPLAY=BADGE:https://example.com/badge.png',
    'CONFERENCE;VALUE=URI;FEATURE=AUDIO:tel:+1-412-555-0123',
    'STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<b>Piano</b>',
    ...[
      'BEGIN:PARTICIPANT',
      'UID:pianist',
      'PARTICIPANT-TYPE:PERFORMER',
      'CALENDAR-ADDRESS:mailto:clara@example.com',
    ],
    ...['BEGIN:VLOCATION', 'UID:dressing-room', 'NAME:Dressing room', 'END:VLOCATION', 'END:PARTICIPANT'],
    ...['BEGIN:VLOCATION', 'UID:hall', 'NAME:The hall', 'LOCATION-TYPE:concert-hall'],
    ...['STRUCTURED-DATA;VALUE=URI:https://example.com/hall.vcf', 'END:VLOCATION'],
    ...['BEGIN:VRESOURCE', 'UID:piano', 'RESOURCE-TYPE:INSTRUMENT', 'NAME:Grand piano', 'END:VRESOURCE'],
    ...['BEGIN:VALARM', 'UID:alarm-1', 'ACTION:DISPLAY', 'DESCRIPTION:Leave', 'TRIGGER:-PT1H'],
    ...['ACKNOWLEDGED:20260105T170100Z', 'RELATED-TO;RELTYPE=SNOOZE:alarm-0', 'PROXIMITY:DEPART'],
    ...['BEGIN:VLOCATION', 'UID:home', 'URL:geo:40.443,-79.945;u=10', 'END:VLOCATION', 'END:VALARM'],
  ),
);
const office = calendar(
  ...component(
    'VAVAILABILITY',
    'DTSTART:20260101T000000Z',
    'DTEND:20260201T000000Z',
    'BUSYTYPE:BUSY',
    ...component('AVAILABLE', 'SUMMARY:Office hours', 'DTSTART:20260105T080000Z', 'DTEND:20260105T170000Z'),
  ),
).replaceAll('1@tests', '2@tests');

const comp = (name: string, content = ''): string =>
  element(caldav('comp-filter'), content, ` name="${name}"`);
const prop = (name: string, match: string): string =>
  element(caldav('prop-filter'), element(caldav('text-match'), match), ` name="${name}"`);
const during = (start: string, end: string): string =>
  element(caldav('time-range'), '', ` start="${start}" end="${end}"`);

describe('RFC 7953, 7986, 9073 and 9074 in calendars', () => {
  const suite = davSuite();
  let path: string;
  before(async () => {
    const components = ['VEVENT', 'VAVAILABILITY'].map((name) => `<comp name="${name}"/>`).join('');
    path = await suite.newCollection(
      'calendars',
      `<supported-calendar-component-set xmlns="urn:ietf:params:xml:ns:caldav">${components}</supported-calendar-component-set>`,
    );
    await suite.put(`${path}concert`, concert);
    await suite.put(`${path}office`, office);
  });

  it('are kept byte for byte', async () => {
    assert.equal((await suite.send('GET', `${path}concert`)).body, concert);
    assert.equal((await suite.send('GET', `${path}office`)).body, office);
  });

  const searches: readonly [string, string, readonly string[]][] = [
    [
      'RFC 9073 §7.1: a participant by its type',
      comp('VEVENT', comp('PARTICIPANT', prop('PARTICIPANT-TYPE', 'performer'))),
      ['concert'],
    ],
    [
      '… and not by one that nobody has',
      comp('VEVENT', comp('PARTICIPANT', prop('PARTICIPANT-TYPE', 'sponsor'))),
      [],
    ],
    [
      'RFC 9073 §7.2: a location by its name',
      comp('VEVENT', comp('VLOCATION', prop('NAME', 'hall'))),
      ['concert'],
    ],
    [
      'a location of a participant is not one of the event',
      comp('VEVENT', comp('VLOCATION', prop('NAME', 'dressing'))),
      [],
    ],
    [
      '… but one of the participant',
      comp('VEVENT', comp('PARTICIPANT', comp('VLOCATION', prop('NAME', 'dressing')))),
      ['concert'],
    ],
    ['RFC 9073 §7.3: a resource', comp('VEVENT', comp('VRESOURCE', prop('NAME', 'piano'))), ['concert']],
    ['RFC 9073 §6.5: a styled description', comp('VEVENT', prop('STYLED-DESCRIPTION', 'piano')), ['concert']],
    ['RFC 7986 §5.9: a colour', comp('VEVENT', prop('COLOR', 'turquoise')), ['concert']],
    ['RFC 7986 §5.11: a conference', comp('VEVENT', prop('CONFERENCE', 'tel:+1')), ['concert']],
    ['RFC 9074 §4: an alarm by its UID', comp('VEVENT', comp('VALARM', prop('UID', 'alarm-1'))), ['concert']],
    [
      'RFC 9074 §6: an alarm that was acknowledged',
      comp('VEVENT', comp('VALARM', element(caldav('prop-filter'), '', ' name="ACKNOWLEDGED"'))),
      ['concert'],
    ],
    [
      'RFC 9074 §8: an alarm by a place',
      comp('VEVENT', comp('VALARM', comp('VLOCATION', prop('URL', 'geo:40.443')))),
      ['concert'],
    ],
    [
      'an alarm by its time',
      comp('VEVENT', comp('VALARM', during('20260105T165900Z', '20260105T170100Z'))),
      ['concert'],
    ],
    [
      'RFC 7953 §7.2.2: availability in a time range',
      comp('VAVAILABILITY', during('20260131T000000Z', '20260301T000000Z')),
      ['office'],
    ],
    ['… and not after it', comp('VAVAILABILITY', during('20260201T000000Z', '20260301T000000Z')), []],
    [
      'what is available by its summary',
      comp('VAVAILABILITY', comp('AVAILABLE', prop('SUMMARY', 'office'))),
      ['office'],
    ],
  ];
  for (const [what, filter, found] of searches) {
    it(`finds ${what}`, async () => {
      const answer = await suite.send('REPORT', path, {
        headers: { Depth: '1' },
        body: calendarQueryBody(filter),
      });
      assert.equal(answer.status, 207, answer.body);
      assert.deepEqual(
        multistatus(answer.body).map(({ href }) => href.slice(path.length)),
        found,
      );
    });
  }

  it('are given in part where a report asks for them', async () => {
    const wanted =
      '<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:comp name="VRESOURCE"/></C:comp></C:comp></C:calendar-data>';
    const body = calendarQueryBody(comp('VEVENT')).replace('<D:getetag/>', wanted);
    const [response] = multistatus((await suite.send('REPORT', path, { body })).body);
    assert.equal(
      text(property(response, caldav('calendar-data'))),
      [
        'BEGIN:VCALENDAR',
        'BEGIN:VEVENT',
        'BEGIN:VRESOURCE',
        'UID:piano',
        'RESOURCE-TYPE:INSTRUMENT',
        'NAME:Grand piano',
        'END:VRESOURCE',
        'END:VEVENT',
        'END:VCALENDAR',
        '',
      ].join('\r\n'),
    );
  });
});
