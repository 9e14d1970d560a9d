/** The zones of made-up events, with the VTIMEZONE that a client would send beside them. */
export const zones: readonly [string, ...string[]] = [
  'Europe/Berlin',
  'Europe/Berlin',
  'America/New_York',
  'UTC',
];

interface ZoneRules {
  readonly winter: readonly [offset: string, name: string, rule: string];
  readonly summer: readonly [offset: string, name: string, rule: string];
}

const rules = new Map<string, ZoneRules>([
  [
    'Europe/Berlin',
    {
      winter: ['+0100', 'CET', '19701025T030000;FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU'],
      summer: ['+0200', 'CEST', '19700329T020000;FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU'],
    },
  ],
  [
    'America/New_York',
    {
      winter: ['-0500', 'EST', '20071104T020000;FREQ=YEARLY;BYMONTH=11;BYDAY=1SU'],
      summer: ['-0400', 'EDT', '20070311T020000;FREQ=YEARLY;BYMONTH=3;BYDAY=2SU'],
    },
  ],
]);

export function timezoneComponent(zone: string): string[] {
  const found = rules.get(zone);
  if (found === undefined) return [];
  const { winter, summer } = found;
  return [
    'BEGIN:VTIMEZONE',
    `TZID:${zone}`,
    ...observance('STANDARD', winter, summer[0]),
    ...observance('DAYLIGHT', summer, winter[0]),
    'END:VTIMEZONE',
  ];
}

function observance(kind: string, [offset, name, rule]: ZoneRules['winter'], before: string): string[] {
  const [start = '', ...parts] = rule.split(';');
  return [
    `BEGIN:${kind}`,
    `TZOFFSETFROM:${before}`,
    `TZOFFSETTO:${offset}`,
    `TZNAME:${name}`,
    `DTSTART:${start}`,
    `RRULE:${parts.join(';')}`,
    `END:${kind}`,
  ];
}
