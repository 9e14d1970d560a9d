/**
 * The DNS records by which devices find the server from a mail domain alone (RFC 6764 §3, §4): what to publish, and whether
 * it is there.
 */
import { Resolver } from 'node:dns/promises';

/** The part of node's resolver that is asked. */
export type Dns = Pick<Resolver, 'resolveSrv' | 'resolveTxt'>;

export interface DnsRecord {
  /** With the dot at its end. */
  readonly name: string;
  readonly type: 'SRV' | 'TXT';
  /** As it stands in a zone file. */
  readonly value: string;
}

/** `differs`: there is one that leads elsewhere. `unknown`: nobody could be asked. */
export type DnsState = 'right' | 'differs' | 'missing' | 'unknown';

const services = [
  { tls: '_caldavs', clear: '_caldav', path: '/dav/calendars/' },
  { tls: '_carddavs', clear: '_carddav', path: '/dav/addressbooks/' },
] as const;

/** The records of a domain whose calendars and contacts are at `baseUrl`. */
export function dnsRecords(domain: string, baseUrl: URL): readonly DnsRecord[] {
  const isEncrypted = baseUrl.protocol === 'https:';
  const port = Number(baseUrl.port) || (isEncrypted ? 443 : 80);
  return services.flatMap(({ tls, clear, path }) => {
    const name = `${isEncrypted ? tls : clear}._tcp.${domain}.`;
    return [
      { name, type: 'SRV', value: `0 1 ${port} ${baseUrl.hostname}.` },
      { name, type: 'TXT', value: `"path=${path}"` },
    ] as const;
  });
}

const within = { timeout: 2_000, tries: 1 };

/** Asks the resolver of this machine. */
export const systemDns = (): Dns => new Resolver(within);

/** Whether a record is published. */
export async function stateOf({ name, type, value }: DnsRecord, dns: Dns): Promise<DnsState> {
  try {
    const found = await lookUp(dns, name.slice(0, -1), type);
    if (found.length === 0) return 'missing';
    return found.some((each) => comparable(each) === comparable(value)) ? 'right' : 'differs';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOTFOUND' || code === 'ENODATA' ? 'missing' : 'unknown';
  }
}

async function lookUp(dns: Dns, name: string, type: DnsRecord['type']): Promise<readonly string[]> {
  if (type === 'TXT') return (await dns.resolveTxt(name)).map((parts) => `"${parts.join('')}"`);
  return (await dns.resolveSrv(name)).map(({ port, name: target }) => `0 1 ${port} ${target}.`);
}

/** Priority and weight are the operator's to choose. */
const comparable = (value: string): string => value.toLowerCase().replace(/\.+$/, '');
