/** Findings as pages show them: what is wrong, why, what to do, and where. */
import type { Finding, FindingKey } from './diagnosis.js';
import { newPasswordPath } from './devices.js';
import { named, text } from './text.js';

export interface FindingEntry {
  readonly tone: Finding['tone'];
  readonly icon: string;
  readonly title: string;
  readonly cause: string;
  readonly todo: string;
  readonly at: number | undefined;
  readonly link: { readonly href: string; readonly label: string } | undefined;
}

const icons = { ok: 'circle-check', warn: 'triangle-alert', info: 'info' } as const;

/** What is put right by choosing anew. */
const mendedByEdit: ReadonlySet<FindingKey> = new Set<FindingKey>([
  ...(['expired', 'elsewhere', 'no-calendars', 'no-contacts', 'read-only'] as const),
  ...(['makes-none', 'outside', 'nothing-left'] as const),
]);
/** What is put right by another app password. */
const mendedByNew: ReadonlySet<FindingKey> = new Set<FindingKey>([
  ...(['revoked-tries', 'unknown', 'login-password', 'login-password-by'] as const),
]);

/** `id` of the app password that it is about; undefined where there was none. */
export function findingEntry({ key, tone, values: found, at }: Finding, id?: string): FindingEntry {
  const values = Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, typeof value === 'string' ? named(value) : value]),
  );
  return {
    tone,
    icon: icons[tone],
    title: text(`why.${key}.title`, values),
    cause: text(`why.${key}.cause`, values),
    todo: text(`why.${key}.todo`, values),
    at,
    link: linkOf(key, id, typeof values['client'] === 'string' ? values['client'] : undefined),
  };
}

function linkOf(key: FindingKey, id: string | undefined, client: string | undefined): FindingEntry['link'] {
  if (mendedByEdit.has(key) && id !== undefined)
    return { href: `/app-passwords/${id}/edit`, label: text('edit.link') };
  return mendedByNew.has(key) ? { href: newPasswordPath(client), label: text('passwords.new') } : undefined;
}
