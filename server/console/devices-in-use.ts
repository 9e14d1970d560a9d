/** App passwords as pages show them: which device, what it may do, whether all is well. */
import type { AppPassword } from '../../auth/index.js';
import { deviceIcon, rights } from './devices.js';
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

export function deviceEntry(password: AppPassword, now: number): DeviceEntry {
  const { services, access, lastUsedAt, lastClient, revokedAt, expiresAt } = password;
  const may = rights(services.has('calendars'), services.has('contacts'), access);
  const kinds = text(
    `rights.${services.size > 1 ? 'both' : services.has('contacts') ? 'contacts' : 'calendars'}`,
  );
  const neverSeen = text(lastUsedAt === undefined ? 'device.no-client' : 'device.unknown-client');
  return {
    ...wellbeing(password, now),
    id: password.id,
    icon: deviceIcon(password.device ?? null),
    label: password.label,
    client: lastClient ?? neverSeen,
    rights: may,
    rightsLine: access === 'read' ? text('device.and', { services: kinds }) : kinds,
    from: password.lastAddress,
    lastUsedAt,
    refusedAt: password.lastRefusedAt,
    createdAt: password.createdAt,
    expiresAt,
    requests: password.requestCount,
    over: revokedAt !== undefined || (expiresAt !== undefined && expiresAt <= now),
  };
}
