/** What the console is made of; the server's composition root gives it. */
import type { IncomingMessage } from 'node:http';
import type { Auth, Client } from '../../auth/index.js';
import type { Database } from '../../storage/database.js';
import type { Dns } from './dns-records.js';
import type { SignerFiles } from './profile-signature.js';

export interface ConsoleConfig {
  /** Who is asked for DNS records; this machine's resolver where it is left out. */
  readonly dns?: Dns;
  /** With what profiles for Apple's devices are signed; they are not where it is left out. */
  readonly profileSigner?: SignerFiles | undefined;
  /** Where people and devices reach the server. */
  readonly baseUrl: URL;
  /** App passwords are accepted over plain http from other machines: said on the administrators' page. */
  readonly allowInsecure: boolean;
  /** The version of Latchkey, for the administrators' page. */
  readonly version: string;
}

export interface ConsoleOptions {
  readonly auth: Auth;
  readonly database: Database;
  readonly config: ConsoleConfig;
  /** Who is at the other end: by the connection, and by the headers of trusted proxies. */
  readonly clientOf: (request: IncomingMessage) => Omit<Client, 'userAgent'>;
  /** Called with what no page expected; the person sees a page that says so. */
  readonly onError: (error: unknown, request: IncomingMessage) => void;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
}
