/**
 * `Prefer: return=minimal` (RFC 8144) with the spellings that clients really send: `return-minimal`, as drafts had it,
 * and Apple's `Brief: t`.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Preferences {
  readonly minimal: boolean;
  /** Headers that say what was honoured. */
  readonly headers: Readonly<Record<string, string>>;
}

const none: Preferences = { minimal: false, headers: {} };
const minimal: Preferences = {
  minimal: true,
  headers: { 'Preference-Applied': 'return=minimal', Vary: 'Brief, Prefer' },
};

export function preferencesOf(headers: IncomingHttpHeaders): Preferences {
  const { prefer, brief } = headers;
  if (prefer !== undefined && /(^|[,\s])return[-=]"?minimal"?(?=[\s,;]|$)/i.test(String(prefer)))
    return minimal;
  return brief !== undefined && /^\s*t/i.test(String(brief)) ? minimal : none;
}
