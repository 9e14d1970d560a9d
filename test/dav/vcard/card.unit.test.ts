import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AddressDataError, defaultCardLimits, indexCard, parseCard } from '../../../dav/vcard/index.js';
import { properties, text, writeCard, writeLine } from './card-model.js';

const card = (...lines: string[]): Buffer =>
  Buffer.from(['BEGIN:VCARD', 'VERSION:3.0', 'FN:x', ...lines, 'END:VCARD', ''].join('\r\n'));

function refused(bytes: Uint8Array, limits = defaultCardLimits): AddressDataError {
  try {
    parseCard(bytes, limits);
  } catch (error) {
    if (error instanceof AddressDataError) return error;
    throw error;
  }
  return assert.fail('the card was accepted');
}

describe('RFC 6350 §3.2 folding', () => {
  it('reads the same however a card is folded and its lines end', () => {
    const breaks = fc.constantFrom('\r\n', '\n', '\r\r\n');
    fc.assert(
      fc.property(
        properties,
        fc.infiniteStream(fc.nat(9)),
        breaks,
        fc.constantFrom(' ', '\t'),
        (models, widths, end, blank) => {
          const lines = ['BEGIN:VCARD', 'VERSION:4.0', 'FN:x', ...models.map(writeLine), 'END:VCARD'];
          const folded = lines.map((line) => fold(line, widths, end + blank)).join(end);
          assert.deepEqual(parseCard(Buffer.from(folded)), parseCard(Buffer.from(lines.join('\r\n'))));
        },
      ),
    );
  });
});

function fold(line: string, widths: Iterator<number>, by: string): string {
  let folded = '';
  let left = 1;
  for (const character of Array.from(line)) {
    if (left === 0) {
      folded += by;
      left = 1 + Number(widths.next().value);
    }
    folded += character;
    left -= 1;
  }
  return folded;
}

describe('RFC 6350 §3.4 and RFC 6868 §3 escapes', () => {
  it('gives back every text that was escaped in a value', () => {
    fc.assert(
      fc.property(text, (value) => {
        const model = { group: 'g', name: 'NOTE', parameters: [], parts: [value], separator: ',' as const };
        const property = parseCard(Buffer.from(writeCard([model]))).properties[2];
        assert.equal(property?.value, value);
        assert.equal(property.group, 'g');
      }),
    );
  });

  it('gives back every text that was encoded in a parameter', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (values) => {
        const parameters = [['X-P', values]] as const;
        const model = { group: undefined, name: 'NOTE', parameters, parts: ['v'], separator: ',' as const };
        const property = parseCard(Buffer.from(writeCard([model]))).properties[2];
        assert.deepEqual(property?.parameters.get('X-P'), values);
        assert.equal(property.value, 'v');
      }),
    );
  });

  it('leaves a backslash and a circumflex that escape nothing', () => {
    const property = parseCard(card('NOTE;X-P=a^b^:C:\\dir\\')).properties[2];
    assert.equal(property?.value, 'C:\\dir\\');
    assert.deepEqual(property.parameters.get('X-P'), ['a^b^']);
  });
});

describe('RFC 6352 §6.3.2.1 preconditions on the content', () => {
  it('refuses bytes that are not UTF-8, and says so', () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xc3]]) {
      const broken = Buffer.concat([card(), Buffer.from(bytes)]);
      assert.match(refused(broken).message, /UTF-8/);
      assert.equal(refused(broken).precondition, 'valid-address-data');
    }
  });

  it('refuses characters that XML cannot carry, and names the line', () => {
    for (const character of ['\0', '\x0b', '\x1b', '\ufffe', '\uffff', 'a\rb'])
      assert.match(refused(card('X-A:b', `NOTE:${character}`)).message, /^Line 5 .*U\+[0-9A-F]{4}/);
    assert.ok(parseCard(card('NOTE:tab\tand \u0085 \u2028')));
  });

  it('throws nothing but AddressDataError, whatever the bytes', () => {
    const whole = card('item1.TEL;TYPE="a,b";X=^n:\\n', 'NICKNAME:a\\,b,c', 'N:a;b;c;d;e');
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 });
    const damaged = damage.map((changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
        try {
          indexCard(parseCard(bytes));
        } catch (error) {
          assert.ok(error instanceof AddressDataError);
          assert.match(error.message, /\.$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('bounds properties, parameters, lines and the UID', () => {
    const limits = { maxProperties: 4, maxParameterValues: 2, maxLineLength: 30, maxUidLength: 4 };
    assert.ok(parseCard(card('A;B=c,d:e', 'UID:äb'), limits));
    assert.match(refused(card('A:', 'B:', 'C:'), limits).message, /more than 4 properties/);
    assert.match(refused(card('A;B=c,d;E=f:g'), limits).message, /Line 4 .* more than 2 parameter values/);
    assert.match(
      refused(card(`A:${'b'.repeat(20)}`, ` ${'c'.repeat(20)}`), limits).message,
      /Line 4 .* longer than 30/,
    );
    assert.match(refused(card('UID:äöü'), limits).message, /longer than 4 octets/);
  });
});

describe('Cards as programs write them', () => {
  it('reads a photo of megabytes', () => {
    const base64 = 'QUJD'.repeat(700_000);
    const photo = parseCard(card(`PHOTO;ENCODING=b;TYPE=JPEG:${base64.replace(/.{75}/g, '$&\r\n ')}`))
      .properties[2];
    assert.equal(photo?.value, base64);
  });

  it('skips a byte order mark (Windows editors)', () => {
    assert.equal(parseCard(Buffer.concat([Buffer.from('\ufeff'), card('UID:1')])).uid, '1');
  });

  it('does not take an empty UID for one', () => {
    assert.equal(parseCard(card('UID:')).uid, undefined);
    assert.equal(parseCard(card('UID:', 'UID:urn:uuid:1')).uid, 'urn:uuid:1');
  });

  it('keeps names that JavaScript objects have', () => {
    const property = parseCard(card('__proto__;constructor=x:y')).properties[2];
    assert.equal(property?.name, '__PROTO__');
    assert.deepEqual(property.parameters.get('CONSTRUCTOR'), ['x']);
  });
});
