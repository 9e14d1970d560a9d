/** The front door: nothing else of `auth` is imported from outside. */
export type { Actor, Service } from './actor.js';
export { activityEvents } from './activity-events.js';
export type { ActivityEvent } from './activity-events.js';
export { isInRanges } from './address-ranges.js';
export type { Client } from './client.js';
export type * from './contract.js';
export { createAuth } from './create.js';
export { AuthError, KeyringError } from './errors.js';
export type { AuthErrorCode } from './errors.js';
export { foldName } from './names.js';
export { mailedEvents } from './notices.js';
export { keyFingerprintsOf, openKeyring, retireKeys, rotateKeyFile } from './keyring.js';
export { qrCode } from './qr-code.js';
export type { QrCode } from './qr-code.js';
export type { AuthOptions, Keyring, KeyringOptions } from './options.js';
