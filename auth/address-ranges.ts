/** The addresses and networks from which an app password is taken. */
import { BlockList, isIP } from 'node:net';
import { AuthError } from './errors.js';

const maxRanges = 50;

/**
 * What somebody typed, in the one form in which it is kept: IPv4 and IPv6 addresses, and networks in CIDR notation (RFC
 * 4632 §3.1, RFC 4291 §2.3), with spaces, commas or lines between them. Null for nothing, which is no limit.
 * @throws AuthError addresses-invalid, naming the first that is none
 */
export function parseRanges(typed: string): string | null {
  const ranges = typed.split(/[\s,;]+/).filter(Boolean);
  if (ranges.length === 0) return null;
  if (ranges.length > maxRanges)
    throw new AuthError('addresses-invalid', `At most ${maxRanges} addresses and networks can be named.`);
  return [...new Set(ranges.map(parseRange))].join(' ');
}

function parseRange(range: string): string {
  const [, address = '', prefix] = /^([\da-fA-F.:]{2,45})(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || (prefix !== undefined && Number(prefix) > bits))
    throw new AuthError(
      'addresses-invalid',
      `${JSON.stringify(range.slice(0, 60))} is neither an address nor a network, such as 192.0.2.7 or 2001:db8::/32.`,
    );
  const whole = prefix === undefined || Number(prefix) === bits;
  return whole ? address.toLowerCase() : `${address.toLowerCase()}/${Number(prefix)}`;
}

const maxKnown = 1_000;
const known = new Map<string, BlockList>();

/** Whether an address (in its short form, without zone) is in one of the ranges that were kept. */
export function isInRanges(ranges: string, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && listOf(ranges).check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** A list follows from its text alone, so it can be remembered whosever it is. */
function listOf(ranges: string): BlockList {
  let list = known.get(ranges);
  if (list === undefined) {
    list = new BlockList();
    for (const range of ranges.split(' ')) addRange(list, range);
    if (known.size >= maxKnown) known.clear();
    known.set(ranges, list);
  }
  return list;
}

function addRange(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/');
  const type = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) list.addAddress(address, type);
  else list.addSubnet(address, Number(prefix), type);
}
