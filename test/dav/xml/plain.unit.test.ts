import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { XmlElement } from '../../../dav/xml/element.js';
import { parseAnyXml, XmlSyntaxError } from '../../../dav/xml/parse.js';
import { parsePlain } from '../../../dav/xml/plain.js';

const limits = { maxBytes: 100_000, maxDepth: 6, maxElements: 100 };

/** By a parser that knows all of XML; undefined where it is none. */
function parseAny(document: string, isLong: boolean): XmlElement | undefined {
  try {
    return parseAnyXml(document, isLong, limits);
  } catch (error) {
    if (error instanceof XmlSyntaxError) return undefined;
    throw error;
  }
}

/** Text next to text is one. */
const joined = ({ name, attributes, content }: XmlElement): unknown => {
  const parts: unknown[] = [];
  for (const part of content) {
    const last = parts.at(-1);
    if (typeof part !== 'string') parts.push(joined(part));
    else if (typeof last === 'string') parts[parts.length - 1] = last + part;
    else parts.push(part);
  }
  return { name, attributes: [...attributes], parts };
};

function assertSame(document: string): void {
  const plain = parsePlain(document, limits);
  if (plain === undefined) return;
  for (const isLong of [false, true]) {
    const any = parseAny(document, isLong);
    assert.ok(any, `${isLong ? 'saxes' : 'xmldom'} refuses ${JSON.stringify(document)}`);
    assert.deepEqual(joined(plain), joined(any), JSON.stringify(document));
  }
}

const poll =
  '<?xml version="1.0" encoding="utf-8"?>\n<d:propfind xmlns:d="DAV:" xmlns:cs=\'http://calendarserver.org/ns/\'><d:prop><cs:getctag/><d:sync-token /></d:prop></d:propfind >\n';

describe('plain XML', () => {
  for (const [what, document] of [
    ['a poll', poll],
    [
      'default namespaces, one inside another',
      '<a xmlns="DAV:"><b xmlns="urn:b"><c/></b><c/><d xmlns=""/></a>',
    ],
    ['a prefix that means something else inside', '<p:a xmlns:p="DAV:"><p:a xmlns:p="urn:b"/><p:a/></p:a>'],
    ['text with spaces, line ends and >', '<a>\r\n x > y\r\u00a0\t</a>'],
    ['attributes with and without a namespace', '<a xmlns:p="DAV:" x="1" p:x = \'"\' />'],
    ['letters beyond ASCII in text', '<D:href xmlns:D="DAV:">/dav/ä€/</D:href>'],
  ] as const)
    it(`is ${what}, read as other parsers read it`, () => {
      assert.ok(parsePlain(document, limits));
      assertSame(document);
    });

  for (const [what, document] of [
    ['a comment', '<a><!-- x --></a>'],
    ['CDATA', '<a><![CDATA[x]]></a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['a reference', '<a>&amp;</a>'],
    ['a processing instruction', '<a><?x y?></a>'],
    ['an element name beyond ASCII', '<ä/>'],
    ['xml:lang', '<a xml:lang="de"/>'],
    ['> in an attribute', '<a b="x>y"/>'],
    ['a character of two halves', '<a>\u{1f600}</a>'],
    [
      'more declarations than clients make',
      `<a ${Array.from({ length: 65 }, (_, n) => `xmlns:a${n}="DAV:"`).join(' ')}/>`,
    ],
    ['another encoding', '<?xml version="1.0" encoding="us-ascii"?><a/>'],
  ] as const)
    it(`is nothing with ${what}`, () => {
      assert.equal(parsePlain(document, limits), undefined);
    });

  for (const [what, document] of [
    ['an undeclared prefix', '<d:a/>'],
    ['a prefix that was declared elsewhere', '<a><b xmlns:d="DAV:"/><d:c/></a>'],
    ['a prefix that an element without content declared', '<a><b xmlns:d="DAV:"></b><d:c/></a>'],
    ['a prefix declared empty', '<a xmlns:d=""/>'],
    ['tags that cross', '<a><b></a></b>'],
    ['another prefix at the end', '<d:a xmlns:d="DAV:" xmlns:e="DAV:"></e:a>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an attribute twice by its namespace', '<a xmlns:d="DAV:" xmlns:e="DAV:" d:b="1" e:b="2"/>'],
    ['two declarations of a prefix', '<a xmlns:d="DAV:" xmlns:d="DAV:"/>'],
    ['no space between attributes', '<a b="1"c="2"/>'],
    ['two roots', '<a/><b/>'],
    ['text beside the root', '<a/>x'],
    ['a space of another kind beside the root', '<a/>\u00a0'],
    ['no end', '<a>'],
    ['an end alone', '</a>'],
    ['nothing', ''],
    ['more depth than may be', '<a>'.repeat(7) + '</a>'.repeat(7)],
    ['more elements than may be', `<a>${'<b/>'.repeat(100)}</a>`],
    ['more attributes than may be', `<a ${Array.from({ length: 101 }, (_, n) => `a${n}="" `).join('')}/>`],
  ] as const)
    it(`is nothing with ${what}, which is an error`, () => {
      assert.equal(parsePlain(document, limits), undefined);
    });

  it('is read as other parsers read it, or not at all, whatever it is', () => {
    const piece = fc.constantFrom(
      ...[
        '<a>',
        '</a>',
        '<d:b>',
        '</d:b>',
        '<d:b/>',
        '<a xmlns:d="DAV:">',
        '<d:a xmlns:d="urn:d">',
        '</d:a>',
      ],
      ...[
        '<a xmlns="DAV:" b=\'c\' >',
        '<b xmlns="">',
        '</b>',
        ' ',
        '\r\n',
        'x',
        '>',
        ' d:k="v"',
        ' k="v"',
        '/',
      ],
      ...[
        '<a k="1" d:k="2">',
        '</a >',
        '<',
        '"',
        '&#13;',
        '<!---->',
        '\u00a0',
        '\ufeff',
        'é',
        ']]>',
        '\u0001',
      ],
    );
    const body = fc.array(piece, { maxLength: 12 });
    fc.assert(
      fc.property(body, (pieces) => {
        assertSame(pieces.join(''));
        assertSame(`<a xmlns:d="DAV:">${pieces.join('')}</a>`);
      }),
      { numRuns: 3000 },
    );
  });
});
