import assert from 'node:assert/strict';
import { indexCard, parseCard, type IndexedProperty } from '../../../dav/vcard/index.js';

function rows(...lines: string[]): readonly IndexedProperty[] {
  return indexCard(
    parseCard(Buffer.from(['BEGIN:VCARD', 'VERSION:3.0', 'FN:Zoë', ...lines, 'END:VCARD'].join('\r\n'))),
  );
}

const values = (index: readonly IndexedProperty[], name: string): string[] =>
  index.filter((row) => row.name === name).map((row) => row.folded);

describe('indexCard', () => {
  it('holds the form that i;unicode-casemap compares', () => {
    assert.deepEqual(rows(), [{ name: 'FN', folded: 'ZOE\u0308', cut: false }]);
  });

  it('holds N as a whole and its parts that are not empty', () => {
    const index = rows('N:Doe;John;Richter\\, James;Mr.;', 'N:;;');
    assert.deepEqual(values(index, 'N'), ['DOE;JOHN;RICHTER, JAMES;MR.;', ';;']);
    assert.deepEqual(values(index, 'N;FAMILY'), ['DOE']);
    assert.deepEqual(values(index, 'N;GIVEN'), ['JOHN']);
    assert.deepEqual(values(index, 'N;ADDITIONAL'), ['RICHTER, JAMES']);
  });

  it('holds each value of a list, and the whole', () => {
    assert.deepEqual(values(rows('CATEGORIES:VIP,a\\,b'), 'CATEGORIES'), ['VIP,A,B', 'VIP', 'A,B']);
    assert.deepEqual(values(rows('item1.NICKNAME:Jim'), 'NICKNAME'), ['JIM']);
    assert.deepEqual(values(rows('ORG:IBM;Sales'), 'ORG'), ['IBM;SALES']);
  });

  it('holds the digits of telephone numbers', () => {
    const index = rows(
      'TEL:+49 (30) 123-45',
      'TEL;VALUE=uri:tel:+1-418-656-9254;ext=102',
      'TEL:１２',
      'TEL:ask',
    );
    assert.deepEqual(values(index, 'TEL;DIGITS'), ['493012345', '14186569254', '12']);
    assert.equal(values(index, 'TEL').length, 4);
  });

  it('holds no photo and no unknown property', () => {
    assert.deepEqual(rows('PHOTO;ENCODING=b:QUJD', 'X-FN:a', 'ADR:;;b').length, 1);
  });

  it('marks what it cuts, and cuts no character in two', () => {
    const [, note] = rows(`NOTE:${'x'.repeat(1023)}😀 more`);
    assert.equal(note?.folded, 'X'.repeat(1023));
    assert.ok(note.cut);
    const [, fits] = rows(`NOTE:${'x'.repeat(1024)}`);
    assert.equal(fits?.cut, false);
  });

  it('is bounded, however much there is of one property', () => {
    const index = rows(
      ...Array.from({ length: 500 }, (_, at) => `EMAIL:${at}@example.org`),
      `CATEGORIES:${','.repeat(500)}`,
    );
    for (const name of ['EMAIL', 'CATEGORIES']) {
      const own = index.filter((row) => row.name === name);
      assert.equal(own.length, 101);
      assert.deepEqual(own.at(-1), { name, folded: '', cut: true });
    }
  });
});
