/** The front door of the console: an express app for everything that is not DAV. */
import express from 'express';
import type { Express, NextFunction, Request, Response } from 'express';
import { AuthError } from '../../auth/index.js';
import type { Client } from '../../auth/index.js';
import { loadAssets } from './assets.js';
import {
  answerError,
  answerRefusal,
  insecurePage,
  notFoundPage,
  notForYouPage,
  staleFormPage,
} from './errors.js';
import { fields } from './form.js';
import { securityHeaders } from './headers.js';
import type { ConsoleOptions } from './options.js';
import { pages } from './pages/index.js';
import type { Route } from './route.js';
import { createViews } from './views.js';
import { Visit } from './visit.js';
import type { Answered, Console } from './visit.js';

export type { ConsoleConfig, ConsoleOptions } from './options.js';

/** Builds the console. It holds no state: whatever lasts is in the database. */
export function createConsole(options: ConsoleOptions): Express {
  const assets = loadAssets();
  const now = options.clock ?? Date.now;
  const context: Console = { ...options, now, render: createViews(assets, now) };
  const app = express();
  // In development, which is express' default, it would show a browser the stack of what failed.
  app.set('env', 'production').disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(securityHeaders(options));
  app.get('/assets/:file', (request, response, next) => assets.serve(request, response, next));
  app.get('/favicon.ico', (_request, response) => response.redirect(308, assets.url('icon.svg')));
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  const form = express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 500 });
  for (const route of pages) {
    const steps = route.method === 'post' ? [form] : [];
    app[route.method](route.path, ...steps, async (request: Request, response: Response) => {
      await enter(context, route, request, response);
    });
  }
  app.use(async (request: Request, response: Response) => {
    notFoundPage(await arrive(context, request, response));
  });
  app.use(async (error: unknown, request: Request, response: Response, next: NextFunction) => {
    await recover(context, error, request, response, next);
  });
  return app;
}

function clientOf({ clientOf: read }: Console, request: Request): Client {
  return { ...read(request), userAgent: request.get('User-Agent') };
}

async function arrive(context: Console, request: Request, response: Response): Promise<Visit> {
  const client = clientOf(context, request);
  const opened = await context.auth.sessions.open(request.headers.cookie, client);
  return new Visit(context, request, response, client, opened);
}

/** The rules that hold for every page, in one place, so that no page can forget one. */
async function enter(
  context: Console,
  route: Route,
  request: Request,
  response: Response,
): Promise<Answered> {
  const visit = await arrive(context, request, response);
  const { client, opened } = visit;
  if (!client.https && !client.loopback) return insecurePage(visit);
  if (route.access !== 'anyone') {
    if (opened.kind !== 'session') return visit.redirect(signInFirst(request));
    if (route.access !== 'enrolling' && visit.settingUp) return visit.redirect(nextOfSetUp(visit));
    if (route.access === 'administrator' && !visit.account.isAdmin) return notForYouPage(visit);
  }
  if (route.method === 'post' && route.byDevice !== true && !isOwnForm(visit)) return staleFormPage(visit);
  if (route.stepUp !== undefined && needsStepUp(visit)) {
    return visit.redirect(`/step-up?next=${encodeURIComponent(route.stepUp(request))}`);
  }
  try {
    return await route.answer(visit);
  } catch (error) {
    const refusal = error instanceof AuthError ? answerRefusal(visit, error) : undefined;
    if (refusal === undefined) throw error;
    return refusal;
  }
}

function signInFirst(request: Request): string {
  const wanted = request.method === 'GET' ? request.originalUrl : '/';
  return wanted === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(wanted)}`;
}

/** Where somebody goes on who has not finished setting up two-step verification. */
function nextOfSetUp({ account }: Visit): string {
  return account.hasSecondFactor ? '/security/recovery-codes' : '/security/two-step';
}

function isOwnForm(visit: Visit): boolean {
  const { request, opened, console, client } = visit;
  return console.auth.csrf.accepts({
    session: opened.kind === 'session' ? opened.session : undefined,
    cookieHeader: request.headers.cookie,
    token: fields(request).get('csrf'),
    headers: request.headers,
    client,
  });
}

/** Who has no second factor yet has nothing to prove; what needs one refuses them in `auth`. */
function needsStepUp({ console, session, account }: Visit): boolean {
  return account.hasSecondFactor && !console.auth.sessions.isSteppedUp(session);
}

async function recover(
  context: Console,
  error: unknown,
  request: Request,
  response: Response,
  next: NextFunction,
): Promise<void> {
  if (response.headersSent) {
    context.onError(error, request);
    next(error);
    return;
  }
  // Not `arrive`: the database may be what failed, and this page must come all the same.
  answerError(new Visit(context, request, response, clientOf(context, request), { kind: 'none' }), error);
}
