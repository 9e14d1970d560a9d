/**
 * What a client would rather have (RFC 7240; RFC 8144), with the spellings that clients really send: `return-minimal`, as
 * drafts had it, and Apple's `Brief: t`.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Preferences {
  /** `return=minimal`: nothing about what is not there, or what went well. */
  readonly minimal: boolean;
  /** `return=representation`: the resource as it is by now, in the same answer. */
  readonly representation: boolean;
  /** `depth-noroot`: the members without the collection. */
  readonly noRoot: boolean;
  /** Headers that say that `return=minimal` was honoured, where it was asked for. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The headers that say which preferences were honoured (RFC 7240 §3). */
export const appliedHeaders = (...applied: readonly string[]): Readonly<Record<string, string>> =>
  applied.length === 0 ? {} : { 'Preference-Applied': applied.join(', '), Vary: 'Brief, Prefer' };

export const MINIMAL = 'return=minimal';
export const REPRESENTATION = 'return=representation';
export const NO_ROOT = 'depth-noroot';

const none: Preferences = { minimal: false, representation: false, noRoot: false, headers: {} };

/** Of a preference that is named several times the first counts (RFC 7240 §2). */
export function preferencesOf(headers: IncomingHttpHeaders): Preferences {
  const { prefer, brief } = headers;
  if (prefer === undefined && brief === undefined) return none;
  const asked = String(prefer ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => (each.split(';')[0] ?? '').replace(/[\s"]/g, '').replace(/^return-/, 'return='));
  const wanted = asked.find((each) => each.startsWith('return='));
  const minimal = wanted === undefined ? /^\s*t/i.test(String(brief ?? '')) : wanted === MINIMAL;
  return {
    minimal,
    representation: wanted === REPRESENTATION,
    noRoot: asked.includes(NO_ROOT),
    headers: minimal ? appliedHeaders(MINIMAL) : {},
  };
}
