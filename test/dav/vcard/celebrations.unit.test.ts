import assert from 'node:assert/strict';
import { celebrationsOf } from '../../../dav/vcard/index.js';

const card = (...lines: readonly string[]): Uint8Array =>
  Buffer.from(['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n'));
const daysOf = (...lines: readonly string[]): unknown =>
  celebrationsOf(card('FN:Anna', ...lines)).days.map(({ kind, year, month, day }) => [
    kind,
    year,
    month,
    day,
  ]);

describe('RFC 6350 §6.2.5, §6.2.6: the days of a card that come again each year', () => {
  for (const [line, expected] of [
    ['BDAY:1985-04-12', ['birthday', 1985, 4, 12]],
    ['BDAY;VALUE=date:19850412', ['birthday', 1985, 4, 12]],
    ['BDAY:1953-10-15T23:10:00Z', ['birthday', 1953, 10, 15]],
    ['item1.BDAY:--0412', ['birthday', undefined, 4, 12]],
    ['BDAY:--04-12', ['birthday', undefined, 4, 12]],
    ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29', ['birthday', undefined, 2, 29]],
    ['BDAY:1604-04-12', ['birthday', undefined, 4, 12]],
    ['BDAY:0000-04-12', ['birthday', undefined, 4, 12]],
    ['BDAY:1984-02-29', ['birthday', 1984, 2, 29]],
    ['ANNIVERSARY:20090808T1430-0500', ['anniversary', 2009, 8, 8]],
    ['X-ANNIVERSARY:2009-08-08', ['anniversary', 2009, 8, 8]],
    ['X-EVOLUTION-ANNIVERSARY:2009-08-08', ['anniversary', 2009, 8, 8]],
  ] as const)
    it(line, () => assert.deepEqual(daysOf(line), [expected]));

  it("Apple's and Google's labelled date", () => {
    const label = 'item1.X-ABLabel:_$!<Anniversary>!$_';
    assert.deepEqual(daysOf('ITEM1.X-ABDATE:1975-03-01', label), [['anniversary', 1975, 3, 1]]);
    assert.deepEqual(daysOf('item2.X-ABDATE:1975-03-01', label), []);
    assert.deepEqual(daysOf('item1.X-ABDATE:1975-03-01', 'item1.X-ABLabel:_$!<Other>!$_'), []);
  });

  it('what is no day of a year is none', () => {
    for (const line of [
      'BDAY:',
      'BDAY:1985',
      'BDAY:1985-04',
      'BDAY:---12',
      'BDAY:1985-02-29',
      'BDAY:1985-04-31',
      'BDAY:1985-13-01',
      'BDAY:T102200',
      'BDAY;VALUE=text:19850412',
      'BDAY:circa 1800',
      'NOTE:BDAY',
    ])
      assert.deepEqual(daysOf(line), [], line);
  });

  it('one of each kind, the first that is one', () => {
    assert.deepEqual(daysOf('BDAY:soon', 'BDAY:1985-04-12', 'BDAY:1986-04-12', 'ANNIVERSARY:--0808'), [
      ['birthday', 1985, 4, 12],
      ['anniversary', undefined, 8, 8],
    ]);
  });

  it('the name is the one that is shown, or what there is of another', () => {
    const nameOf = (...lines: readonly string[]): string =>
      celebrationsOf(card('BDAY:--0412', ...lines)).name;
    assert.equal(nameOf('N:Boo;Anna;;;', 'FN:Anna\\, B.'), 'Anna, B.');
    assert.equal(nameOf('FN:', 'N:Boo;Anna;;;'), 'Anna Boo');
    assert.equal(nameOf('FN:', 'N:;;;;', 'NICKNAME:Anni', 'EMAIL:a@example.org'), 'Anni');
    assert.equal(nameOf('FN:', 'EMAIL:a@example.org'), 'a@example.org');
    assert.equal(nameOf('FN:'), '');
  });

  it('only the lines that matter are read, and what cannot be read there says nothing', () => {
    const days = (text: string): number => celebrationsOf(Buffer.from(text)).days.length;
    assert.equal(days('BEGIN:VCARD\r\nthis is no line\r\nBDAY:--04\r\n 12\r\nFN:A'), 1);
    assert.equal(days('BEGIN:VCARD\r\nBDAY;X="unclosed:--0412\r\nEND:VCARD'), 0);
    assert.equal(days('BEGIN:VCARD\r\nNOTE:x\r\n BDAY:--0412\r\nEND:VCARD'), 0);
  });
});
