/** App passwords as pages show them: which device, what it may do, whether all is well. */
import type { AppPassword } from '../../auth/index.js';
import { deviceIcon, rights } from './devices.js';
import type { Finding, FindingKey } from './diagnosis.js';
import { text } from './text.js';
import type { TextKey } from './text.js';

const DAY = 86_400_000;
/** Phones sync many times a day; after this long something is worth a look. */
const QUIET_AFTER = 14 * DAY;
const EXPIRES_SOON = 7 * DAY;

export type Tone = 'ok' | 'warn' | '';

export interface Wellbeing {
  readonly state: string;
  readonly tone: Tone;
  /** The instant that the state is about, in epoch milliseconds. */
  readonly stateAt: number | undefined;
}

export interface DeviceEntry extends Wellbeing {
  readonly id: string;
  readonly icon: string;
  readonly label: string;
  readonly client: string;
  readonly rights: readonly string[];
  readonly rightsLine: string;
  readonly from: string | undefined;
  readonly lastUsedAt: number | undefined;
  readonly refusedAt: number | undefined;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly requests: number;
  /** Revoked or expired. */
  readonly over: boolean;
}

/** How an app password is doing, at `now` (epoch milliseconds). */
export function wellbeing(password: AppPassword, now: number): Wellbeing {
  const { revokedAt, expiresAt, lastRefusedAt, lastUsedAt } = password;
  if (revokedAt !== undefined) return over('revoked', revokedAt, lastRefusedAt);
  if (expiresAt !== undefined && expiresAt <= now) return over('expired', expiresAt, lastRefusedAt);
  if (lastUsedAt === undefined) return state('state.never', '', undefined);
  if (expiresAt !== undefined && expiresAt - now < EXPIRES_SOON)
    return state('state.expires-soon', 'warn', expiresAt);
  if (now - lastUsedAt > QUIET_AFTER) return state('state.quiet', 'warn', lastUsedAt);
  return state('state.synced', 'ok', lastUsedAt);
}

function over(kind: 'revoked' | 'expired', at: number, refusedAt: number | undefined): Wellbeing {
  if (refusedAt !== undefined && refusedAt >= at) return state(`state.${kind}-refused`, 'warn', refusedAt);
  return state(`state.${kind}`, kind === 'expired' ? 'warn' : '', at);
}

const state = (key: TextKey, tone: Tone, stateAt: number | undefined): Wellbeing => ({
  state: text(key),
  tone,
  stateAt,
});

/** What stands in the way of syncing is told instead of when it last synced. */
function doing(password: AppPassword, now: number, findings: readonly Finding[]): Wellbeing {
  const own = wellbeing(password, now);
  const [first] = findings.filter(({ tone, key }) => tone === 'warn' && !coveredByState.has(key));
  if (first === undefined || own.tone === 'warn') return own;
  return {
    state: text(`why.${first.key}.title`, first.values),
    tone: 'warn',
    stateAt: first.at ?? own.stateAt,
  };
}

/** The state says them already. */
const coveredByState: ReadonlySet<FindingKey> = new Set<FindingKey>([
  ...(['never', 'quiet', 'expired', 'revoked', 'revoked-tries'] as const),
]);

export function deviceEntry(
  password: AppPassword,
  now: number,
  findings: readonly Finding[] = [],
): DeviceEntry {
  const { services, access, lastUsedAt, lastClient, revokedAt, expiresAt, collections, addresses } = password;
  const may = rights(services.has('calendars'), services.has('contacts'), access);
  const kinds = text(
    `rights.${services.size > 1 ? 'both' : services.has('contacts') ? 'contacts' : 'calendars'}`,
  );
  const neverSeen = text(lastUsedAt === undefined ? 'device.no-client' : 'device.unknown-client');
  return {
    ...doing(password, now, findings),
    id: password.id,
    icon: deviceIcon(password.device ?? null),
    label: password.label,
    client: lastClient ?? neverSeen,
    rights: [
      ...may,
      ...(collections === undefined ? [] : [text('device.some')]),
      ...(addresses.length === 0 ? [] : [text('device.some-addresses')]),
    ],
    rightsLine: [
      kinds,
      ...(access === 'read' ? [text('device.and-read-only')] : []),
      ...(collections === undefined ? [] : [text('device.and-some')]),
      ...(addresses.length === 0 ? [] : [text('device.and-addresses')]),
    ].join(', '),
    from: password.lastAddress,
    lastUsedAt,
    refusedAt: password.lastRefusedAt,
    createdAt: password.createdAt,
    expiresAt,
    requests: password.requestCount,
    over: revokedAt !== undefined || (expiresAt !== undefined && expiresAt <= now),
  };
}
