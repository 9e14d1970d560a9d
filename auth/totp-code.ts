/** Codes of authenticator apps (RFC 6238): SHA-1, 6 digits, 30 seconds, one step of leeway on either side. */
import { generateSecret, generateURI, verifySync } from 'otplib';
import { create } from 'qrcode';
import { grouped } from './alphabet.js';

const periodSeconds = 30;
const digits = 6;
const secretBytes = 20;
const quietModules = 4;

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

/** The QR code as one path of an SVG, a unit a module, with the quiet zone around it. */
export function qrPath(text: string): { readonly size: number; readonly path: string } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const { size, data } = modules;
  const runs: string[] = [];
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size;) {
      const from = x;
      while (x < size && data[y * size + x] === 1) x += 1;
      if (x > from) runs.push(`M${from + quietModules} ${y + quietModules}h${x - from}v1h-${x - from}z`);
      else x += 1;
    }
  return { size: size + 2 * quietModules, path: runs.join('') };
}
