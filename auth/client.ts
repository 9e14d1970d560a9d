/** Where a request comes from. The server reads it off the connection and the headers of proxies that it trusts. */
export interface Client {
  /** The address in its short form: IPv4 inside IPv6 as IPv4, no zone, no port. */
  readonly address: string;
  /** The client's own connection is encrypted: our https, or that of a trusted proxy. */
  readonly https: boolean;
  /** The client is on this machine, with no proxy in between. */
  readonly loopback: boolean;
  /** The User-Agent header as it came. */
  readonly userAgent: string | undefined;
}
