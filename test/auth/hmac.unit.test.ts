import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hmac, hmacKey } from '../../auth/hmac.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** Test cases 1, 2 and 3. */
const cases = [
  {
    key: Buffer.alloc(20, 0x0b),
    message: 'Hi There',
    code: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  },
  {
    key: Buffer.from('Jefe'),
    message: 'what do ya want for nothing?',
    code: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    key: Buffer.alloc(20, 0xaa),
    message: Buffer.alloc(50, 0xdd),
    code: '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  },
];

describe('RFC 4231 §4 HMAC-SHA-256', () => {
  for (const [index, { key, message, code }] of cases.entries())
    it(`makes the code of test case ${index + 1}`, () => {
      assert.deepEqual(hmac(hmacKey(key), message), hex(code));
    });

  it('makes the same as node:crypto of any key up to a block and any text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.uint8Array({ maxLength: 300 })),
        (key, message) => {
          assert.deepEqual(hmac(hmacKey(key), message), createHmac('sha256', key).update(message).digest());
        },
      ),
    );
  });

  it('leaves its key as it was', () => {
    const key = hmacKey(Buffer.from('Jefe'));
    assert.deepEqual(hmac(key, 'once'), hmac(key, 'once'));
    assert.notDeepEqual(hmac(key, 'once'), hmac(key, 'twice'));
  });

  it('refuses a key that is longer than a block', () => {
    assert.throws(() => hmacKey(new Uint8Array(65)), RangeError);
  });
});
