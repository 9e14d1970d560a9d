import fc from 'fast-check';

const weekday = fc.constantFrom('SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA');
const signed = (high: number): fc.Arbitrary<number> =>
  fc
    .tuple(fc.integer({ min: 1, max: high }), fc.boolean())
    .map(([size, negative]) => (negative ? -size : size));
const part = (name: string, value: fc.Arbitrary<number | string>): fc.Arbitrary<string> =>
  fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((values) => `${name}=${values.join(',')}`);
const maybe = (name: string, value: fc.Arbitrary<number | string>): fc.Arbitrary<string[]> =>
  fc.option(part(name, value), { nil: undefined, freq: 2 }).map((text) => (text === undefined ? [] : [text]));

const ordinalDay = (high: number): fc.Arbitrary<string> =>
  fc.tuple(signed(high), weekday).map(([n, day]) => `${n}${day}`);

/** The parts that place days. One of them at a time in YEARLY rules: rrule-temporal drops limits there, see below. */
function dayParts(frequency: string): fc.Arbitrary<string[]> {
  const days = maybe('BYDAY', weekday);
  const monthDays = maybe('BYMONTHDAY', signed(31));
  const both = (one: fc.Arbitrary<string[]>, other: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> =>
    fc.tuple(one, other).map((lists) => lists.flat());
  switch (frequency) {
    case 'YEARLY':
      return fc.oneof(
        both(monthDays, days),
        maybe('BYDAY', ordinalDay(5)),
        maybe('BYYEARDAY', signed(366)),
        both(maybe('BYWEEKNO', signed(53)), days),
      );
    case 'MONTHLY':
      return fc.oneof(both(monthDays, days), maybe('BYDAY', ordinalDay(5)));
    case 'WEEKLY':
      return days;
    default:
      return both(monthDays, days);
  }
}

export const rule = fc
  .constantFrom('YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY')
  .chain((frequency) =>
    fc
      .tuple(
        fc.constantFrom([], ['INTERVAL=2'], ['INTERVAL=3'], ['INTERVAL=7']),
        maybe('BYMONTH', fc.integer({ min: 1, max: 12 })),
        dayParts(frequency),
        maybe('BYHOUR', fc.integer({ min: 0, max: 23 })),
        maybe('BYMINUTE', fc.integer({ min: 0, max: 59 })),
        fc.constantFrom<string[]>([], ['WKST=SU'], ['WKST=TH']),
        fc.option(part('BYSETPOS', signed(3)), { nil: undefined, freq: 3 }),
      )
      .map(([interval, month, days, hour, minute, weekStart, setPosition]) => {
        const by = [...month, ...days, ...hour, ...minute];
        const position = setPosition !== undefined && by.length > 0 ? [setPosition] : [];
        return [`FREQ=${frequency}`, ...interval, ...by, ...weekStart, ...position].join(';');
      }),
  );

export const start = fc
  .tuple(
    fc.integer({ min: 1995, max: 2030 }),
    fc.integer({ min: 0, max: 364 }),
    fc.integer({ min: 0, max: 1439 }),
  )
  .map(([year, day, minute]) => Date.UTC(year, 0, 1 + day, 0, minute) / 1000);
