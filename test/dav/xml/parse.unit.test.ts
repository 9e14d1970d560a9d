import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { child, children, text } from '../../../dav/xml/element.js';
import type { XmlElement } from '../../../dav/xml/element.js';
import { dav, name } from '../../../dav/xml/names.js';
import { parseXml, XmlSyntaxError } from '../../../dav/xml/parse.js';
import { document, element, escapeText, serialize } from '../../../dav/xml/write.js';

const limits = { maxBytes: 1_000_000, maxDepth: 10, maxElements: 200_000 };
const parse = (body: string | Uint8Array): XmlElement => parseXml(Buffer.from(body), limits);
/** Long enough to go through the parser for long bodies. */
const padding = `<!--${'x'.repeat(70_000)}-->`;

for (const [parser, pad] of [
  ['short', ''],
  ['long', padding],
] as const) {
  const inside = (root: string): string => root.replace(/^(<[^>]*[^/])>/, `$1>${pad}`);

  describe(`RFC 4918 §8.2: ${parser} request bodies`, () => {
    it('are read into Clark names, attributes and content in order', () => {
      const root = parse(
        inside('<D:a xmlns:D="DAV:" k="1"><b xmlns="urn:b" D:c="2">x<![CDATA[<&]]>&amp;</b>y</D:a>'),
      );
      assert.equal(root.name, dav('a'));
      assert.deepEqual([...root.attributes], [['k', '1']]);
      const [b] = children(root);
      assert.ok(b);
      assert.equal(b.name, name('urn:b', 'b'));
      assert.equal(b.attributes.get('{DAV:}c'), '2');
      assert.equal(text(b), 'x<&&');
      assert.equal(root.content.at(-1), 'y');
    });

    it('may hold U+FFFD, a character like any other', () => {
      assert.equal(text(parse(inside('<a>\ufffd</a>'))), '\ufffd');
    });

    for (const [why, body] of [
      ['a document type', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'],
      ['an undeclared prefix', '<D:a></D:a>'],
      ['a prefix declared empty', '<D:a xmlns:D=""></D:a>'],
      ['unbalanced tags', '<a><b></a>'],
      ['two roots', '<a></a><b></b>'],
      ['an unknown entity', '<a>&e;</a>'],
      ['a reference to a character that XML excludes', '<a>&#1;</a>'],
      ['an attribute twice', '<a b="1" b="2"></a>'],
      ['text alone', 'hello'],
      ['an end inside a tag', '<a b="'],
      ['too deep nesting', '<a>'.repeat(11) + '</a>'.repeat(11)],
    ] as const) {
      it(`are refused with ${why}`, () => {
        assert.throws(() => parse(inside(body)), XmlSyntaxError);
      });
    }

    it('are refused when they are not UTF-8', () => {
      const body = Buffer.concat([Buffer.from(inside('<a>')), Buffer.from([0xff]), Buffer.from('</a>')]);
      assert.throws(() => parse(body), XmlSyntaxError);
    });

    it('are refused with more attributes than the limit on elements, before the tag that holds them is over', () => {
      const attributes = Array.from({ length: 3_000 }, (_, number) => ` a${number}="${number}"`).join('');
      const body = Buffer.from(inside('<a>') + `<b${attributes}/></a>`);
      assert.equal(children(parseXml(body, limits))[0]?.attributes.size, 3_000);
      assert.throws(() => parseXml(body, { ...limits, maxElements: 2_999 }), /attributes/);
    });

    it('are refused with more elements than the limit', () => {
      const body = Buffer.from(inside(`<a>${'<b/>'.repeat(20)}</a>`));
      assert.throws(() => parseXml(body, { ...limits, maxElements: 20 }), XmlSyntaxError);
      assert.equal(
        parseXml(body, { ...limits, maxElements: 21 }).content.filter((part) => typeof part !== 'string')
          .length,
        20,
      );
    });
  });
}

describe('RFC 4918 §8.2: encodings of request bodies', () => {
  it('may be UTF-16 with a byte order mark', () => {
    const source = '<?xml version="1.0" encoding="utf-16"?><a xmlns="DAV:">ü</a>';
    const littleEndian = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(source, 'utf16le')]);
    assert.equal(text(parse(littleEndian)), 'ü');
    assert.equal(text(parse(Buffer.from(littleEndian).swap16())), 'ü');
  });

  it('may not be anything else', () => {
    assert.throws(() => parse('<?xml version="1.0" encoding="iso-8859-1"?><a/>'), XmlSyntaxError);
  });
});

describe('XML that is written', () => {
  it('gives back every text that XML can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        fc.pre(!Array.from(value).some((character) => character < ' ' && !'\t\n\r'.includes(character)));
        const root = parse(document(dav('a'), element(dav('b'), escapeText(value))));
        assert.equal(text(child(root, dav('b')) ?? root), value);
      }),
    );
  });

  it('keeps foreign elements with their namespaces, languages and attributes (RFC 4918 §4.3)', () => {
    const source =
      '<x:a xmlns:x="urn:x" xmlns:y="urn:y" xml:lang="de" y:k="&quot;&lt;"><b/>t<y:c xmlns:y="DAV:">u</y:c></x:a>';
    const parsed = parse(source);
    assert.deepEqual(parse(serialize(parsed)), parsed);
    const nested = parse(document(dav('root'), serialize(parsed)));
    assert.deepEqual(children(nested)[0], parsed);
  });
});
