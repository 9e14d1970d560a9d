/** One request for a page: who is there, and the ways to answer. */
import type { Request, Response } from 'express';
import { AuthError } from '../../auth/index.js';
import type { Account, By, Client, Opened, Session } from '../../auth/index.js';
import { brokenForm } from './form.js';
import type { Problem } from './form.js';
import { clearNotice, readNotice, setNotice } from './notice.js';
import type { Notice } from './notice.js';
import type { ConsoleOptions } from './options.js';
import { portrait } from './views.js';
import type { Frame, Me, Render } from './views.js';

export interface Console extends ConsoleOptions {
  readonly render: Render;
  readonly now: () => number;
}

/** What a page answers with: proof for the compiler that no way through it leaves the browser waiting. */
export const ANSWERED = 'answered';
export type Answered = typeof ANSWERED;
type Show = (frame: Pick<Frame, 'form'>, status: number) => Answered | Promise<Answered>;

/** What a page says about itself; who is signed in and the form token are added. */
export type PageFrame = Omit<Frame, 'me' | 'csrf' | 'notice' | 'settingUp' | 'passkeyOrigin'>;
export type PageData = Readonly<Record<string, unknown>>;

export class Visit {
  constructor(
    readonly console: Console,
    readonly request: Request,
    readonly response: Response,
    readonly client: Client,
    readonly opened: Opened,
  ) {}

  get now(): number {
    return this.console.now();
  }

  /** The session of a page that nobody sees without one. */
  get session(): Session {
    if (this.opened.kind !== 'session') throw new Error('A page for people who are signed in has no session');
    return this.opened.session;
  }

  get account(): Account {
    return this.session.account;
  }

  get by(): By {
    return { kind: 'session', session: this.session, client: this.client };
  }

  /** Two-step verification is still being set up: the second step of the three. */
  get settingUp(): boolean {
    return this.session.stage !== 'full';
  }

  /** A part of the path, such as the id in `/app-passwords/:id`. */
  parameter(name: string): string {
    const value: unknown = this.request.params[name];
    return typeof value === 'string' ? value : '';
  }

  /** A value of the query; empty when it is not there once. */
  query(name: string): string {
    const value: unknown = this.request.query[name];
    return typeof value === 'string' ? value : '';
  }

  /** Hands over a cookie that `auth` has made. */
  setCookie(cookie: string | undefined): void {
    if (cookie !== undefined) this.response.append('Set-Cookie', cookie);
  }

  /** Answers with a page. */
  page(view: string, frame: PageFrame, data: PageData = {}, status = 200): Answered {
    const session = this.opened.kind === 'session' ? this.opened.session : undefined;
    return this.send(view, frame, data, status, session);
  }

  /** Answers with a page to a session that has just changed. */
  pageFor(session: Session, view: string, frame: PageFrame, data: PageData): Answered {
    return this.send(view, frame, data, 200, session);
  }

  private send(
    view: string,
    frame: PageFrame,
    data: PageData,
    status: number,
    session: Session | undefined,
  ): Answered {
    const { auth, render } = this.console;
    const cookieHeader = this.request.headers.cookie;
    const csrf = auth.csrf.issue({ session, cookieHeader, client: this.client });
    this.setCookie(csrf.setCookie);
    const notice = readNotice(cookieHeader);
    if (notice !== undefined) this.setCookie(clearNotice());
    const me = session ? meOf(session.account) : undefined;
    const settingUp = session !== undefined && session.stage !== 'full';
    const passkeyOrigin = frame.passkeys === true ? auth.passkeys.origin : undefined;
    const added = { me, settingUp, csrf: csrf.token, notice, passkeyOrigin };
    const html = render(view, { ...frame, ...added }, data);
    this.response.status(status).type('html').send(html);
    return ANSWERED;
  }

  /** Sends the browser on (303, so that a reload repeats nothing), with a word about what was done. */
  redirect(path: string, notice?: Notice): Answered {
    if (notice !== undefined) this.setCookie(setNotice(notice));
    this.response.redirect(303, path);
    return ANSWERED;
  }

  /** Answers a script. */
  json(value: unknown, status = 200): Answered {
    this.response.status(status).json(value);
    return ANSWERED;
  }

  /** Shows a form again, saying what is wrong with it (422: nothing was done). */
  wrong(problems: readonly Problem[], show: Show): Answered | Promise<Answered> {
    return show({ form: brokenForm(this.request, problems) }, 422);
  }

  /**
   * Runs `work`; a refusal that `problemOf` has words for shows the form again, every other is thrown on.
   * @returns what `work` answered, or ANSWERED when the form was shown again
   */
  async attempt<Result>(
    work: () => Promise<Result>,
    problemOf: (error: AuthError) => Problem | undefined,
    show: Show,
  ): Promise<Result | Answered> {
    try {
      return await work();
    } catch (error) {
      const problem = error instanceof AuthError ? problemOf(error) : undefined;
      if (problem === undefined) throw error;
      return await this.wrong([problem], show);
    }
  }
}

export function meOf(account: Pick<Account, 'name' | 'displayName' | 'isAdmin' | 'timeZone'>): Me {
  const displayName = account.displayName ?? account.name;
  return {
    name: account.name,
    displayName,
    ...portrait(displayName),
    admin: account.isAdmin,
    timeZone: account.timeZone ?? null,
  };
}
