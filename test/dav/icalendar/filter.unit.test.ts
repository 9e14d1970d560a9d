import assert from 'node:assert/strict';
import {
  classifyCompFilter,
  matchesCompFilter,
  type CalendarObject,
  type CompFilter,
  type ParamFilter,
  type PropFilter,
  type TextMatch,
} from '../../../dav/icalendar/index.js';
import { calendar, component, event, parse, seconds } from './objects.js';

function comp(name: string, rest: Partial<CompFilter> = {}): CompFilter {
  return { name, isNotDefined: false, compFilters: [], propFilters: [], ...rest };
}
function prop(name: string, rest: Partial<PropFilter> = {}): PropFilter {
  return { name, isNotDefined: false, paramFilters: [], ...rest };
}
function param(name: string, rest: Partial<ParamFilter> = {}): ParamFilter {
  return { name, isNotDefined: false, ...rest };
}
function text(value: string, rest: Partial<TextMatch> = {}): TextMatch {
  return { collation: 'i;ascii-casemap', negate: false, value, ...rest };
}
function inEvent(rest: Partial<CompFilter>): CompFilter {
  return comp('VCALENDAR', { compFilters: [comp('VEVENT', rest)] });
}
function between(start: string, end: string): { start: number; end: number } {
  return { start: seconds(start), end: seconds(end) };
}
function matches(object: CalendarObject, filter: CompFilter): boolean {
  return matchesCompFilter(object, filter, { zone: 'UTC' });
}

const start = 'DTSTART:20260105T090000Z';
const meeting = event(
  start,
  'DTEND:20260105T100000Z',
  'RRULE:FREQ=DAILY',
  'SUMMARY:Größe\\, planning',
  'CATEGORIES:WORK,HOME',
  'ATTENDEE;PARTSTAT=NEEDS-ACTION;CN="A ^^ B":mailto:a@example.org',
  'ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.org',
  'LAST-MODIFIED:20260102T120000Z',
  ...['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT15M', 'REPEAT:2', 'DURATION:PT5M', 'END:VALARM'],
);

describe('RFC 4791 §9.7.1: comp-filter', () => {
  it('matches by the component being there, or not', () => {
    assert.ok(matches(meeting, comp('VCALENDAR')));
    assert.ok(!matches(meeting, comp('VEVENT')));
    assert.ok(matches(meeting, inEvent({})));
    assert.ok(!matches(meeting, comp('VCALENDAR', { compFilters: [comp('VTODO')] })));
    assert.ok(matches(meeting, comp('VCALENDAR', { compFilters: [comp('vtodo', { isNotDefined: true })] })));
    assert.ok(!matches(meeting, inEvent({ isNotDefined: true })));
    assert.ok(matches(meeting, inEvent({ compFilters: [comp('VALARM')] })));
    assert.ok(!matches(meeting, inEvent({ compFilters: [comp('VALARM', { isNotDefined: true })] })));
  });

  it('asks all of one and the same component', () => {
    const object = parse(
      calendar(
        ...component('VEVENT', start, 'RRULE:FREQ=DAILY', 'SUMMARY:plain'),
        ...component(
          'VEVENT',
          'DTSTART:20260106T150000Z',
          'RECURRENCE-ID:20260106T090000Z',
          'SUMMARY:special',
        ),
      ),
    );
    const special = { propFilters: [prop('SUMMARY', { textMatch: text('special') })] };
    assert.ok(
      matches(
        object,
        inEvent({ ...special, timeRange: between('2026-01-06T00:00:00Z', '2026-01-07T00:00:00Z') }),
      ),
    );
    assert.ok(
      !matches(
        object,
        inEvent({ ...special, timeRange: between('2026-01-07T00:00:00Z', '2026-01-08T00:00:00Z') }),
      ),
    );
  });

  it('gives no time-range to components for which §9.9 has none', () => {
    assert.ok(!matches(meeting, comp('VCALENDAR', { timeRange: { start: 0 } })));
  });
});

describe('RFC 4791 §9.7.2 to §9.7.5: prop-filter, param-filter, text-match', () => {
  const summary = (value: string, rest: Partial<TextMatch> = {}): boolean =>
    matches(meeting, inEvent({ propFilters: [prop('summary', { textMatch: text(value, rest) })] }));

  it('finds text without its escapes, by the collation', () => {
    assert.ok(summary(', PLANNING'));
    assert.ok(!summary('GRÖSSE'));
    assert.ok(!summary('größe'.toUpperCase(), { collation: 'i;ascii-casemap' }));
    assert.ok(summary('GRÖ', { collation: 'i;unicode-casemap' }));
    assert.ok(!summary('GRÖ', { collation: 'i;ascii-casemap' }));
    assert.ok(!summary('PLANNING', { collation: 'i;octet' }));
    assert.ok(summary('planning', { collation: 'i;octet' }));
    assert.ok(summary('nothing', { negate: true }));
    assert.ok(!summary('planning', { negate: true }));
  });

  it('wants the property to be there, or not', () => {
    assert.ok(
      !matches(
        meeting,
        inEvent({ propFilters: [prop('LOCATION', { textMatch: text('a', { negate: true }) })] }),
      ),
    );
    assert.ok(matches(meeting, inEvent({ propFilters: [prop('LOCATION', { isNotDefined: true })] })));
    assert.ok(!matches(meeting, inEvent({ propFilters: [prop('SUMMARY', { isNotDefined: true })] })));
    assert.ok(matches(meeting, inEvent({ propFilters: [prop('SUMMARY')] })));
    assert.ok(
      matches(meeting, comp('VCALENDAR', { propFilters: [prop('VERSION', { textMatch: text('2.0') })] })),
    );
  });

  it('asks value and parameters of one and the same property', () => {
    const attendee = (address: string, ...paramFilters: ParamFilter[]): boolean =>
      matches(
        meeting,
        inEvent({ propFilters: [prop('ATTENDEE', { textMatch: text(address), paramFilters })] }),
      );
    assert.ok(attendee('a@', param('PARTSTAT', { textMatch: text('needs-action') })));
    assert.ok(!attendee('b@', param('PARTSTAT', { textMatch: text('needs-action') })));
    assert.ok(attendee('b@', param('CN', { isNotDefined: true })));
    assert.ok(!attendee('a@', param('CN', { isNotDefined: true })));
    assert.ok(attendee('a@', param('cn', { textMatch: text('a ^ b') })));
    assert.ok(!attendee('b@', param('CN')));
  });
});

describe('RFC 4791 §9.9: time-range on alarms and properties', () => {
  const alarm = (from: string, to: string): boolean =>
    matches(meeting, inEvent({ compFilters: [comp('VALARM', { timeRange: between(from, to) })] }));

  it('an alarm goes off before every instance, and again', () => {
    assert.ok(alarm('2026-01-05T08:45:00Z', '2026-01-05T08:45:01Z'));
    assert.ok(alarm('2026-02-05T08:50:00Z', '2026-02-05T08:50:01Z'));
    assert.ok(alarm('2026-02-05T08:55:00Z', '2026-02-05T08:55:01Z'));
    assert.ok(!alarm('2026-02-05T08:55:01Z', '2026-02-06T08:45:00Z'));
    assert.ok(!alarm('2026-01-05T00:00:00Z', '2026-01-05T08:45:00Z'));
  });

  it('RELATED=END and absolute triggers', () => {
    const withTrigger = (trigger: string): CalendarObject =>
      event(start, 'DURATION:PT1H', ...['BEGIN:VALARM', `TRIGGER${trigger}`, 'END:VALARM']);
    const at = (trigger: string, time: string): boolean =>
      matches(
        withTrigger(trigger),
        inEvent({
          compFilters: [comp('VALARM', { timeRange: { start: seconds(time), end: seconds(time) + 1 } })],
        }),
      );
    assert.ok(at(';RELATED=END:PT5M', '2026-01-05T10:05:00Z'));
    assert.ok(at(';VALUE=DATE-TIME:20260101T000000Z', '2026-01-01T00:00:00Z'));
    assert.ok(at(':-P1D', '2026-01-04T09:00:00Z'));
    assert.ok(!at(':nonsense', '2026-01-05T09:00:00Z'));
  });

  it('properties: the instances of DTSTART and DTEND, and the stamps', () => {
    const at = (name: string, from: string, to: string, object = meeting): boolean =>
      matches(object, inEvent({ propFilters: [prop(name, { timeRange: between(from, to) })] }));
    assert.ok(at('DTSTART', '2026-03-05T09:00:00Z', '2026-03-05T09:00:01Z'));
    assert.ok(!at('DTSTART', '2026-03-05T09:00:01Z', '2026-03-06T09:00:00Z'));
    assert.ok(at('DTEND', '2026-03-05T10:00:00Z', '2026-03-05T10:00:01Z'));
    assert.ok(at('LAST-MODIFIED', '2026-01-02T12:00:00Z', '2026-01-02T12:00:01Z'));
    assert.ok(!at('LAST-MODIFIED', '2026-01-02T12:00:01Z', '2026-01-03T00:00:00Z'));
    assert.ok(!at('SUMMARY', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'));
    assert.ok(at('DTEND', '2026-01-05T10:00:00Z', '2026-01-05T10:00:01Z', event(start, 'DURATION:PT1H')));
  });
});

describe('classifyCompFilter: what the index alone can answer', () => {
  const timeRange = between('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');

  it('a component with a time-range is answered exactly', () => {
    assert.deepEqual(classifyCompFilter(inEvent({ timeRange })), {
      components: ['VEVENT'],
      timeRange,
      exact: true,
      possible: true,
    });
    assert.deepEqual(classifyCompFilter(comp('VCALENDAR')), {
      components: undefined,
      timeRange: undefined,
      exact: true,
      possible: true,
    });
  });

  it('a component that must not be there leaves the others', () => {
    const { components, exact } = classifyCompFilter(
      comp('VCALENDAR', { compFilters: [comp('VTODO', { isNotDefined: true })] }),
    );
    assert.deepEqual(components, ['VEVENT', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY']);
    assert.ok(exact);
  });

  it('anything finer needs the object', () => {
    assert.ok(!classifyCompFilter(inEvent({ timeRange, propFilters: [prop('SUMMARY')] })).exact);
    assert.ok(!classifyCompFilter(inEvent({ compFilters: [comp('VALARM')] })).exact);
    assert.ok(!classifyCompFilter(comp('VCALENDAR', { propFilters: [prop('VERSION')] })).exact);
    assert.ok(!classifyCompFilter(comp('VCALENDAR', { compFilters: [comp('VTIMEZONE')] })).exact);
    assert.ok(
      !classifyCompFilter(
        comp('VCALENDAR', { compFilters: [comp('VEVENT', { timeRange }), comp('VEVENT', { timeRange })] }),
      ).exact,
    );
  });

  it('says when nothing can match', () => {
    assert.ok(!classifyCompFilter(comp('VEVENT')).possible);
    assert.ok(!classifyCompFilter(comp('VCALENDAR', { isNotDefined: true })).possible);
    assert.ok(
      !classifyCompFilter(comp('VCALENDAR', { compFilters: [comp('VEVENT'), comp('VTODO')] })).possible,
    );
  });
});

describe('a filter costs no more than one object may', () => {
  it('an overridden instance is looked at without walking the endless rule', () => {
    const overrides = Array.from({ length: 300 }, (_, n) =>
      component(
        'VEVENT',
        `DTSTART:2026010${1 + (n % 9)}T090000Z`,
        `RECURRENCE-ID:20260105T${String(10 + Math.floor(n / 60)).padStart(2, '0')}${String(n % 60).padStart(2, '0')}00Z`,
        'SUMMARY:moved',
      ),
    ).flat();
    const object = parse(calendar(...component('VEVENT', start, 'RRULE:FREQ=MINUTELY'), ...overrides));
    const filter = inEvent({
      timeRange: { start: seconds('2026-02-01T00:00:00Z') },
      propFilters: [prop('SUMMARY', { textMatch: text('moved') })],
    });
    assert.ok(!matches(object, filter));
  });

  it('THISANDFUTURE: each component matches where it holds', () => {
    const object = parse(
      calendar(
        ...component('VEVENT', start, 'RRULE:FREQ=DAILY', 'SUMMARY:old'),
        ...component(
          'VEVENT',
          'DTSTART:20260110T120000Z',
          'RECURRENCE-ID;RANGE=THISANDFUTURE:20260110T090000Z',
          'SUMMARY:new',
        ),
      ),
    );
    const at = (summary: string, from: string): boolean =>
      matches(
        object,
        inEvent({
          timeRange: { start: seconds(from) },
          propFilters: [prop('SUMMARY', { textMatch: text(summary) })],
        }),
      );
    assert.ok(at('old', '2026-01-09T00:00:00Z'));
    assert.ok(!at('old', '2026-01-10T00:00:00Z'));
    assert.ok(at('new', '2030-01-10T00:00:00Z'));
  });
});
