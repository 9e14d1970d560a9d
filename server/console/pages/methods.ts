/** The methods of two-step verification that an account has: passkeys and authenticator apps, as pages show them. */
import { text } from '../text.js';
import type { Visit } from '../visit.js';

export interface Method {
  readonly kind: 'passkey' | 'app';
  readonly id: string;
  readonly label: string;
  readonly icon: string;
  /** What it is, in words. */
  readonly what: string;
  readonly addedAt: number;
  readonly lastUsedAt: number | undefined;
  /** Its pages begin with this. */
  readonly href: string;
}

/** Passkeys first, each kind in the order of its making. */
export async function methodsOf({ console, account }: Visit): Promise<readonly Method[]> {
  const [passkeys, apps] = await Promise.all([
    console.auth.passkeys.list(account.id),
    console.auth.totp.list(account.id),
  ]);
  return [
    ...passkeys.map(({ id, label, createdAt, lastUsedAt, backedUp }) => ({
      kind: 'passkey' as const,
      id,
      label,
      icon: 'fingerprint-pattern',
      what: text(backedUp ? 'method.passkey.shared' : 'method.passkey.single'),
      addedAt: createdAt,
      lastUsedAt,
      href: `/security/two-step/passkey/${id}`,
    })),
    ...apps.map(({ id, label, confirmedAt, lastUsedAt }) => ({
      kind: 'app' as const,
      id,
      label,
      icon: 'smartphone',
      what: text('two-step.totp'),
      addedAt: confirmedAt,
      lastUsedAt,
      href: `/security/two-step/app/${id}`,
    })),
  ];
}

/** "2 passkeys and an authenticator app". */
export function methodsInWords(methods: readonly Pick<Method, 'kind'>[]): string {
  const count = (kind: Method['kind']): number => methods.filter((each) => each.kind === kind).length;
  const [passkeys, apps] = [count('passkey'), count('app')];
  return list([
    ...(passkeys > 0 ? [text('methods.passkeys', { count: passkeys })] : []),
    ...(apps > 0 ? [text('methods.apps', { count: apps })] : []),
  ]);
}

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : text('methods.both', { one: parts[0] ?? '', other: parts[1] ?? '' });
