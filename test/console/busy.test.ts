import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { house } from './house.js';

describe('Pages while the database takes no work', () => {
  it('say that the server is busy, which is no fault of its own', async () => {
    const home = await house();
    await home.database.close();
    const cookie = `latchkey=s.1.${'A'.repeat(43)}`;
    const answer = await fetch(`${home.origin}/sign-in`, { headers: { cookie } });
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /The server is busy/);
    assert.deepEqual(home.errors, []);
    await home.dispose();
  });
});
