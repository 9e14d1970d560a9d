/** RFC 7808 §5.6: the leap seconds that the IERS has announced. */

/** Days before which a second was added; International Atomic Time was 10 seconds ahead on the first. */
const onsets = [
  ...['1972-01-01', '1972-07-01', '1973-01-01', '1974-01-01', '1975-01-01', '1976-01-01', '1977-01-01'],
  ...['1978-01-01', '1979-01-01', '1980-01-01', '1981-07-01', '1982-07-01', '1983-07-01', '1985-07-01'],
  ...['1988-01-01', '1990-01-01', '1991-01-01', '1992-07-01', '1993-07-01', '1994-07-01', '1996-01-01'],
  ...['1997-07-01', '1999-01-01', '2006-01-01', '2009-01-01', '2012-07-01', '2015-07-01', '2017-01-01'],
];
const firstOffset = 10;

/** Until when it is known that there is no other: Bulletin C 70 of the IERS. */
const expires = '2026-06-28';

export const leapSeconds = {
  expires,
  publisher: 'IERS',
  version: 'Bulletin C 70',
  leapseconds: onsets.map((onset, index) => ({ 'utc-offset': firstOffset + index, onset })),
};
