/** Answers as parsed XML, so that tests look at meaning and never at substrings. */
import assert from 'node:assert/strict';
import { child, children, childrenNamed, text } from '../../dav/xml/element.js';
import type { XmlElement } from '../../dav/xml/element.js';
import { dav } from '../../dav/xml/names.js';
import type { Name } from '../../dav/xml/names.js';
import { parseXml } from '../../dav/xml/parse.js';

const limits = { maxBytes: 100_000_000, maxDepth: 50, maxElements: 5_000_000 };

export const parse = (body: string): XmlElement => parseXml(Buffer.from(body), limits);

/** The child of that name; fails the test where there is none. */
export function only(element: XmlElement, name: Name): XmlElement {
  const found = childrenNamed(element, name);
  assert.equal(found.length, 1, `one ${name} in ${element.name}`);
  const [first] = found;
  assert.ok(first);
  return first;
}

export interface MemberResponse {
  readonly href: string;
  /** The status of the whole response, where there is one. */
  readonly status: number | undefined;
  /** Properties by name, for each status. */
  readonly properties: ReadonlyMap<number, ReadonlyMap<Name, XmlElement>>;
  /** The statuses of the propstats in the order in which they came. */
  readonly order: readonly number[];
  /** What stands in DAV:error, of the response or of a propstat. */
  readonly errors: readonly Name[];
}

const statusOf = (element: XmlElement): number => {
  const match = /^HTTP\/1\.1 (\d{3}) \S/.exec(text(element));
  assert.ok(match, `a status line: ${text(element)}`);
  return Number(match[1]);
};

/** The responses of a 207, in order. */
export function multistatus(body: string): MemberResponse[] {
  const root = parse(body);
  assert.equal(root.name, dav('multistatus'));
  return childrenNamed(root, dav('response')).map((response) => {
    const status = child(response, dav('status'));
    const propstats = childrenNamed(response, dav('propstat'));
    const errors = [response, ...propstats].flatMap((part) =>
      childrenNamed(part, dav('error')).flatMap((error) => children(error).map(({ name }) => name)),
    );
    return {
      href: text(only(response, dav('href'))),
      status: status === undefined ? undefined : statusOf(status),
      order: propstats.map((propstat) => statusOf(only(propstat, dav('status')))),
      properties: new Map(
        propstats.map((propstat) => [
          statusOf(only(propstat, dav('status'))),
          new Map(children(only(propstat, dav('prop'))).map((property) => [property.name, property])),
        ]),
      ),
      errors,
    };
  });
}

/** A property that the resource has. */
export function property(response: MemberResponse | undefined, name: Name): XmlElement {
  const found = response?.properties.get(200)?.get(name);
  assert.ok(found, `${name} with status 200`);
  return found;
}

/** DAV:sync-token at the end of a sync-collection answer. */
export const syncTokenOf = (body: string): string => text(only(parse(body), dav('sync-token')));

/** The precondition elements of a refusal, without our own sentence; and the sentence. */
export function refusal(body: string): {
  readonly preconditions: readonly Name[];
  readonly sentence: string;
} {
  const root = parse(body);
  assert.equal(root.name, dav('error'));
  const sentence = text(only(root, '{urn:latchkey}message'));
  assert.match(sentence, /^["A-Z].{10,}\.$/s);
  return {
    preconditions: children(root)
      .map(({ name }) => name)
      .filter((name) => name !== '{urn:latchkey}message'),
    sentence,
  };
}
