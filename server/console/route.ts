/** A page is a value: its address, who may come, and its answer. `index.ts` keeps the rules for all of them. */
import type { Request } from 'express';
import type { Answered, Visit } from './visit.js';

export interface Route {
  readonly method: 'get' | 'post';
  /** As express writes paths; logs hold this, never the path itself, which may hold a secret. */
  readonly path: string;
  /**
   * `anyone`; `enrolling`: signed in, also while two-step verification is being set up; `holder`: signed in with all set
   * up; `administrator`.
   */
  readonly access: 'anyone' | 'enrolling' | 'holder' | 'administrator';
  /** A device asks by itself: there is no form of ours, and no cookie counts. */
  readonly byDevice?: true;
  /** A second factor must have been proved within ten minutes; if not, the person proves it and comes back to this address. */
  readonly stepUp?: ((request: Request) => string) | undefined;
  readonly answer: (visit: Visit) => Answered | Promise<Answered>;
}

/** The address itself, for pages whose form is sent to where it stands. */
export const sameAddress = (request: Request): string => request.originalUrl;

/** An address inside the console to go on to; whatever else a form or a query holds becomes the start page. */
export function safeNext(value: string): string {
  return /^\/(?![/\\])[\w\-./?=&%+]{0,500}$/.test(value) ? value : '/';
}
