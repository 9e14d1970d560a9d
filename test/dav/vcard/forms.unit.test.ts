import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  AddressDataError,
  CardConversionError,
  cardOfForm,
  parseCard,
  writeCardAs,
  type CardForm,
} from '../../../dav/vcard/index.js';
import type { XmlElement } from '../../../dav/xml/element.js';
import { parseXml } from '../../../dav/xml/parse.js';
import { corpusFiles } from '../../interop/corpus-files.js';
import { card3, card4 } from './conversion-model.js';

type OtherForm = Exclude<CardForm['mediaType'], 'text/vcard'>;
const json = 'application/vcard+json';
const xml = 'application/vcard+xml';
const write = (text: string | Uint8Array, mediaType: OtherForm): string =>
  writeCardAs(Buffer.from(text), { mediaType, version: '4.0' });
const read = (text: string, mediaType: OtherForm): string =>
  Buffer.from(cardOfForm(Buffer.from(text), mediaType)).toString('utf8');

const limits = { maxBytes: 1_000_000, maxDepth: 20, maxElements: 10_000 };

/** An element without the white space between elements. */
function bare(element: XmlElement): unknown {
  const content = element.content.filter((part) => typeof part !== 'string' || part.trim() !== '');
  return [
    element.name,
    [...element.attributes],
    content.map((part) => (typeof part === 'string' ? part : bare(part))),
  ];
}
const bareXml = (text: string): unknown => bare(parseXml(Buffer.from(text), limits));

// NAME.vcf beside NAME.json or NAME.xml, its jCard or xCard.
const fixtures = new URL('../../../../fixtures/vcard/forms/', import.meta.url);
const file = (name: string): string => readFileSync(new URL(name, fixtures), 'utf8');

describe('RFC 7095 jCard and RFC 6351 xCard (fixtures/vcard/forms)', () => {
  for (const name of readdirSync(fixtures)) {
    const stem = name.replace(/\.[a-z]+$/, '');
    if (name.endsWith('.json')) {
      it(`${stem}: writes the jCard, and reads it back to one that says the same`, () => {
        assert.deepEqual(JSON.parse(write(file(`${stem}.vcf`), json)), JSON.parse(file(name)));
        assert.deepEqual(JSON.parse(write(read(file(name), json), json)), JSON.parse(file(name)));
      });
    } else if (name.endsWith('.xml')) {
      it(`${stem}: writes the xCard, and reads it back to one that says the same`, () => {
        assert.deepEqual(bareXml(write(file(`${stem}.vcf`), xml)), bareXml(file(name)));
        assert.deepEqual(bareXml(write(read(file(name), xml), xml)), bareXml(file(name)));
      });
    }
  }
});

describe('RFC 7095 and RFC 6351: round trips', () => {
  for (const [form, mediaType] of [
    ['jCard', json],
    ['xCard', xml],
  ] as const) {
    for (const [version, cards] of [
      ['3.0', card3],
      ['4.0', card4],
    ] as const) {
      it(`${form} of a ${version} card is stable from the first reading on`, () => {
        fc.assert(
          fc.property(cards, (text) => {
            const first = write(text, mediaType);
            const second = read(first, mediaType);
            parseCard(Buffer.from(second));
            assert.equal(write(second, mediaType), first);
            assert.equal(read(write(second, mediaType), mediaType), second);
          }),
          { numRuns: 500 },
        );
      });
    }
  }

  it('texts and parameters of any characters come back', () => {
    const unit = fc.constantFrom(
      'a',
      'Ä',
      '😀',
      ',',
      ';',
      ':',
      '\\',
      '"',
      '^',
      '\n',
      '<',
      '&',
      ']',
      '>',
      ' ',
      'n',
    );
    const text = fc.string({ unit, maxLength: 12 });
    fc.assert(
      fc.property(text, text, (note, label) => {
        const jcard = JSON.stringify([
          'vcard',
          [
            ['fn', {}, 'text', 'A'],
            ['note', { 'x-label': label }, 'text', note],
          ],
        ]);
        const stored = read(jcard, json);
        const property = parseCard(Buffer.from(stored)).properties.find(({ name }) => name === 'NOTE');
        assert.equal(property?.value, note);
        assert.deepEqual(property.parameters.get('X-LABEL'), [label]);
        assert.equal(read(write(stored, xml), xml), stored);
      }),
    );
  });
});

const files = (await corpusFiles('vcard')).filter(({ expected }) => expected.status === 201);

describe('Cards of real programs as jCard and xCard', () => {
  for (const { name, body } of files)
    for (const mediaType of [json, xml] as const)
      it(`${name} as ${mediaType}`, () => {
        const first = write(body, mediaType);
        assert.equal(write(read(first, mediaType), mediaType), first);
      });
});

describe('RFC 7095 §3, RFC 6351 §6: what is no card', () => {
  const refused = (mediaType: OtherForm, body: string, message: RegExp): void => {
    assert.throws(
      () => cardOfForm(Buffer.from(body), mediaType),
      (error) => error instanceof AddressDataError && message.test(error.message),
      body,
    );
  };

  it('of JSON', () => {
    refused(json, '', /not JSON/);
    refused(json, '{}', /array/);
    refused(json, '["vcalendar", []]', /begins with/);
    refused(json, '[["vcard", []], ["vcard", []]]', /more than one/);
    for (const property of [
      '1',
      '[]',
      '["fn", {}, "text"]',
      '["fn", [], "text", "A"]',
      '["f n", {}, "text", "A"]',
      '["fn", {}, "te:xt", "A"]',
      '["fn", {"a b": "1"}, "text", "A"]',
      '["fn", {"type": 1}, "text", "A"]',
      '["fn", {"group": "a.b"}, "text", "A"]',
      '["fn", {}, "text", {}]',
      '["fn", {}, "text", [["a", ["b"]]]]',
    ])
      refused(json, `["vcard", [${property}]]`, /Property 1 of the jCard/);
    refused(json, '["vcard", [["version", {}, "text", "3.0"]]]', /version 4.0/);
    refused(json, '['.repeat(200_000), /not JSON/);
  });

  it('of XML', () => {
    const card = (content: string): string =>
      `<vcards xmlns="urn:ietf:params:xml:ns:vcard-4.0">${content}</vcards>`;
    refused(xml, '', /well-formed/);
    refused(xml, '<vcards/>', /root/);
    refused(xml, card(''), /no vcard element/);
    refused(xml, card('<vcard/><vcard/>'), /more than one/);
    refused(xml, card('<vcard><group><fn/></group></vcard>'), /group/);
    refused(xml, card('<vcard><begin/></vcard>'), /where a property belongs/);
    refused(xml, card('<vcard><ö/></vcard>'), /where a property belongs/);
    refused(xml, card(`<vcard>${'<x>'.repeat(100)}${'</x>'.repeat(100)}</vcard>`), /well-formed/);
  });

  it('a card that XML cannot carry is told as such', () => {
    for (const line of [
      '2X:1',
      'NOTE;-A=1:1',
      'XML:<a>',
      'XML:<a/>',
      'XML:<fn xmlns="urn:ietf:params:xml:ns:vcard-4.0"/>',
    ])
      assert.throws(
        () => write(['BEGIN:VCARD', 'VERSION:4.0', 'FN:A', line, 'END:VCARD'].join('\r\n'), xml),
        CardConversionError,
        line,
      );
  });

  it('a name of an object in JavaScript is a name like any other', () => {
    const stored = read(
      '["vcard", [["fn", {}, "text", "A"], ["x-a", {"__proto__": "1"}, "text", "b"]]]',
      json,
    );
    assert.match(stored, /^X-A;VALUE=text;__PROTO__=1:b$/m);
    assert.match(write(stored, json), /"__proto__":"1"/);
  });
});
