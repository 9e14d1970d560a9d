/**
 * The challenge that an authenticator signs (WebAuthn §13.4.3). It is its own ticket: random, dated, and signed by the
 * server for one purpose and one holder, so that nothing is kept until it was answered, and every process takes it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Session } from './contract.js';
import type { Parts } from './parts.js';

const purpose = 'passkey-challenge';
const randomLength = 24;
const timeLength = 8;
const macLength = 32;

/** How long a browser waits for its holder. */
export const askedMs = 5 * 60 * 1000;
/** A minute more, for the way. */
const validMs = askedMs + 60 * 1000;

/** What an answer is for, and who was asked: an answer to another question is none. */
export type Asked =
  | { readonly use: 'register' | 'step-up'; readonly session: Session }
  /** The cookie's value: of the form, or of the first step. */
  | { readonly use: 'sign-in' | 'second-step'; readonly browser: string };

export interface OpenedChallenge {
  readonly hash: Buffer;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Base64url. */
export function issueChallenge(parts: Parts, asked: Asked): string {
  const time = Buffer.alloc(timeLength);
  time.writeDoubleBE(parts.now());
  const signed = Buffer.concat([randomBytes(randomLength), time]);
  return Buffer.concat([signed, macOf(parts, asked, signed)]).toString('base64url');
}

/** Undefined for a challenge that was not put to these, or too long ago. */
export function openChallenge(parts: Parts, asked: Asked, challenge: string): OpenedChallenge | undefined {
  const bytes = Buffer.from(challenge, 'base64url');
  if (bytes.length !== randomLength + timeLength + macLength) return undefined;
  const signed = bytes.subarray(0, randomLength + timeLength);
  const mac = bytes.subarray(randomLength + timeLength);
  const isOurs = parts.keyring.ids.some((keyId) => timingSafeEqual(mac, macOf(parts, asked, signed, keyId)));
  const issuedAt = signed.readDoubleBE(randomLength);
  const age = parts.now() - issuedAt;
  if (!isOurs || age < 0 || age >= validMs) return undefined;
  return { hash: createHash('sha256').update(bytes).digest(), expiresAt: issuedAt + validMs };
}

const macOf = ({ keyring }: Parts, asked: Asked, signed: Buffer, keyId?: string): Buffer =>
  keyring.hmac(purpose, `${asked.use} ${whoOf(asked)} ${signed.toString('hex')}`, keyId);

const whoOf = (asked: Asked): string =>
  'session' in asked ? `session ${asked.session.account.id} ${asked.session.id}` : `browser ${asked.browser}`;
