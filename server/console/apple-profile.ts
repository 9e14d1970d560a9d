/**
 * Configuration profiles of Apple devices: one file that sets up a CalDAV and a CardDAV account, with the app password inside
 * (Apple, "Configuration Profile Reference": com.apple.caldav.account, com.apple.carddav.account).
 */
import { createHash } from 'node:crypto';
import type { Service } from '../../auth/actor.js';

export const profileType = 'application/x-apple-aspen-config';

export interface ProfileAccount {
  /** The address that devices use. */
  readonly baseUrl: URL;
  readonly userName: string;
  readonly secret: string;
  /** Of the app password: the same one replaces the profile that was there. */
  readonly id: string;
  /** What the device shows as the name of the accounts. */
  readonly description: string;
  readonly services: ReadonlySet<Service>;
}

type Scalar = string | number | boolean;
type Payload = Readonly<Record<string, Scalar>>;

/** The profile as a property list in XML. The first line of each device's question is `title`. */
export function appleProfile(account: ProfileAccount, title: string): string {
  const identifier = `${reversed(account.baseUrl.hostname)}.latchkey.${account.id}`;
  const payloads = (['calendars', 'contacts'] as const)
    .filter((service) => account.services.has(service))
    .map((service) => payloadOf(account, service, identifier));
  const profile = {
    PayloadContent: payloads,
    PayloadDisplayName: title,
    PayloadIdentifier: identifier,
    PayloadRemovalDisallowed: false,
    PayloadType: 'Configuration',
    PayloadUUID: uuidOf(identifier),
    PayloadVersion: 1,
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<plist version="1.0">${written(profile)}</plist>`,
    '',
  ].join('\n');
}

const kinds = {
  calendars: { prefix: 'CalDAV', type: 'com.apple.caldav.account', path: 'calendars' },
  contacts: { prefix: 'CardDAV', type: 'com.apple.carddav.account', path: 'contacts' },
} as const;

function payloadOf(
  { baseUrl, userName, secret, description }: ProfileAccount,
  service: Service,
  identifier: string,
): Payload {
  const { prefix, type, path } = kinds[service];
  const isEncrypted = baseUrl.protocol === 'https:';
  const own = `${identifier}.${path}`;
  return {
    [`${prefix}AccountDescription`]: description,
    [`${prefix}HostName`]: baseUrl.hostname,
    [`${prefix}Port`]: Number(baseUrl.port) || (isEncrypted ? 443 : 80),
    [`${prefix}UseSSL`]: isEncrypted,
    [`${prefix}Username`]: userName,
    [`${prefix}Password`]: secret,
    [`${prefix}PrincipalURL`]: `/dav/principals/${encodeURIComponent(userName)}/`,
    PayloadDisplayName: description,
    PayloadIdentifier: own,
    PayloadType: type,
    PayloadUUID: uuidOf(own),
    PayloadVersion: 1,
  };
}

const reversed = (host: string): string => host.split('.').reverse().join('.');

/** The same for the same name, so that installing a profile again replaces it (RFC 9562 §5.8). */
function uuidOf(name: string): string {
  const hash = createHash('sha256').update(name).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16).toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function written(dictionary: Readonly<Record<string, Scalar | readonly Payload[]>>): string {
  const entries = Object.entries(dictionary).map(([key, value]) => {
    const list = typeof value === 'object';
    return `<key>${escaped(key)}</key>${list ? `<array>${value.map(written).join('')}</array>` : scalar(value)}`;
  });
  return `<dict>${entries.join('')}</dict>`;
}

function scalar(value: Scalar): string {
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  return typeof value === 'number' ? `<integer>${value}</integer>` : `<${String(value)}/>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
