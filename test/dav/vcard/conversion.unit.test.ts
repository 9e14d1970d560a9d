import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { convertCard, parseCard, writeCard } from '../../../dav/vcard/index.js';
import { foldLine } from '../../../dav/directory-text.js';
import { corpusFiles } from '../../interop/corpus-files.js';
import { card3, card4 } from './conversion-model.js';

const convert = (text: string, version: '3.0' | '4.0'): string =>
  writeCard(version, convertCard(parseCard(Buffer.from(text)), version));

describe('RFC 6350 appendix A: from vCard 3.0 to 4.0 and back', () => {
  it('3 -> 4 -> 3 is stable: what the way back gives leads to the same 4.0 card', () => {
    fc.assert(
      fc.property(card3, (text) => {
        const there = convert(text, '4.0');
        assert.equal(convert(convert(there, '3.0'), '4.0'), there);
      }),
      { numRuns: 2_000 },
    );
  });

  it('4 -> 3 -> 4 is stable from the first 3.0 card on', () => {
    fc.assert(
      fc.property(card4, (text) => {
        const back = convert(text, '3.0');
        assert.equal(convert(convert(back, '4.0'), '3.0'), back);
      }),
      { numRuns: 2_000 },
    );
  });

  it('each LABEL goes to an address of its kind, however many there are', () => {
    const lines = Array.from({ length: 9_000 }, (_, at) => [
      `LABEL;TYPE=home:${at}`,
      `ADR;TYPE=work:;;${at};;;;`,
    ]);
    const text = ['BEGIN:VCARD', 'VERSION:3.0', 'FN:A', 'N:A;;;;', ...lines.flat(), 'END:VCARD', ''].join(
      '\r\n',
    );
    const there = convert(text, '4.0');
    assert.equal(there.match(/^ADR;TYPE=home;LABEL=\d+:;;;;;;\r$/gm)?.length, 9_000);
  });

  it('a card in the version that is asked for keeps its lines', () => {
    fc.assert(
      fc.property(card4, (text) => {
        const card = parseCard(Buffer.from(text));
        assert.equal(convertCard(card, '4.0'), card.properties);
      }),
    );
  });
});

// NAME.vcf beside NAME.4.0.vcf or NAME.3.0.vcf, its conversion; long lines are not folded there.
const fixtures = new URL('../../../../fixtures/vcard/convert/', import.meta.url);

describe('RFC 6350 appendix A: what a card becomes (fixtures/vcard/convert)', () => {
  const conversions = readdirSync(fixtures).flatMap((file) => {
    const match = /^(.+)\.([34]\.0)\.vcf$/.exec(file);
    return match?.[1] === undefined ? [] : [{ name: match[1], version: match[2] as '3.0' | '4.0', file }];
  });
  for (const { name, version, file } of conversions)
    it(`${name} in version ${version}`, () => {
      const converted = convert(readFileSync(new URL(`${name}.vcf`, fixtures), 'utf8'), version);
      const expected = readFileSync(new URL(file, fixtures), 'utf8');
      assert.deepEqual(converted.replace(/\r\n /g, '').split('\r\n'), expected.split('\n'));
    });
});

describe('RFC 6350 §3.2: folding', () => {
  it('no line is longer than 75 octets, and unfolding gives the text back', () => {
    const unit = fc.constantFrom('a', 'ä', '€', '😀', ' ', '\\');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 400 }), (line) => {
        const folded = foldLine(line);
        for (const physical of folded.split('\r\n')) assert.ok(Buffer.byteLength(physical) <= 75);
        assert.equal(folded.replaceAll('\r\n ', ''), line);
      }),
    );
  });
});

const files = (await corpusFiles('vcard')).filter(({ expected }) => expected.status === 201);

describe('Cards of real programs in the other version', () => {
  for (const { name, body } of files) {
    it(name, () => {
      const { version } = parseCard(body);
      const other = version === '3.0' ? '4.0' : '3.0';
      const there = convert(Buffer.from(body).toString('utf8'), other);
      assert.equal(convert(convert(there, version), other), there);
    });
  }
});
