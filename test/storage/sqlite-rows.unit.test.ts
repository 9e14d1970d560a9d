import assert from 'node:assert/strict';
import { rowsOf } from '../../storage/sqlite/rows.js';

describe('rows of SQLite as objects', () => {
  it('have the values under the names of the columns, nothing where there is nothing', () => {
    const toRow = rowsOf(['id', 'displayName', 'sort_order']);
    assert.deepEqual(toRow([7, null, 'a']), { id: 7, displayName: null, sort_order: 'a' });
  });

  it('are as many objects as there are rows', () => {
    const toRow = rowsOf(['id']);
    const [first, second] = [toRow([1]), toRow([2])];
    assert.deepEqual([first, second], [{ id: 1 }, { id: 2 }]);
  });

  it('are told apart by the order of their columns', () => {
    assert.deepEqual(rowsOf(['a', 'b'])([1, 2]), { a: 1, b: 2 });
    assert.deepEqual(rowsOf(['b', 'a'])([1, 2]), { b: 1, a: 2 });
  });

  for (const name of ['', 'count(*)', 'a b', 'a: 1, b', '__proto__', 'é', '1st'])
    it(`are refused with a column named ${JSON.stringify(name)}`, () => {
      assert.throws(() => rowsOf(['id', name]), /A column is named/);
    });
});
