/** Codes of authenticator apps (RFC 6238): SHA-1, 6 digits, 30 seconds, one step of leeway on either side. */
import { generateSecret, generateURI, verifySync } from 'otplib';
import { grouped } from './alphabet.js';

const periodSeconds = 30;
const digits = 6;
const secretBytes = 20;

export const newTotpSecret = (): string => generateSecret({ length: secretBytes });

/** The six digits of what was typed, spaces aside; nothing when it has another form. */
export function totpDigits(typed: string): string | undefined {
  const code = typed.normalize('NFKC').replace(/\s/g, '');
  return /^\d{6}$/.test(code) ? code : undefined;
}

/**
 * The time step that a code belongs to, if it is the secret's now, or was or will be one step away: clocks differ, and
 * typing takes time (RFC 6238 §5.2). `now` in epoch milliseconds.
 */
export function totpStep(secret: string, code: string, now: number): number | undefined {
  const result = verifySync({
    secret,
    token: code,
    epoch: Math.floor(now / 1000),
    period: periodSeconds,
    digits,
    algorithm: 'sha1',
    epochTolerance: periodSeconds,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}

/** What an authenticator app reads off the QR code. */
export const totpUri = (secret: string, label: string): string =>
  generateURI({ issuer: 'Latchkey', label, secret });

/** A secret in groups, for typing. */
export const shownTotpSecret = (secret: string): string => grouped(secret, 4).replaceAll('-', ' ');
