/** Recovery codes: shown once, confirmed, made anew. */
import { AuthError } from '../../../auth/index.js';
import type { Session } from '../../../auth/index.js';
import { fields } from '../form.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/security/recovery-codes';
const here = (): string => path;

/** Makes ten codes and shows them, in the answer itself: they are kept nowhere from where they could be shown again. */
export async function showCodes(visit: Visit, session: Session, replacing?: number): Promise<Answered> {
  const { console, client } = visit;
  const by = { kind: 'session', session, client } as const;
  const { codes, createdAt } = await console.auth.recoveryCodes.generate(by, replacing);
  const frame: PageFrame = { title: text('recovery.title'), nav: 'security', progress: progressOf(session) };
  const { host } = console.config.baseUrl;
  return visit.pageFor(session, 'recovery-codes-shown', frame, { codes, host, which: String(createdAt) });
}

const progressOf = (session: Session): 2 | undefined => (session.stage === 'full' ? undefined : 2);

/** Which codes a form is about to replace: once it has, the same form sent again must not void what was just shown. */
async function generation({ console, account }: Visit): Promise<string> {
  const { createdAt } = await console.auth.recoveryCodes.state(account.id);
  return String(createdAt ?? 0);
}

async function ask(visit: Visit): Promise<Answered> {
  const { account, session } = visit;
  if (!account.hasSecondFactor) return visit.redirect('/security/two-step');
  return visit.page(
    'recovery-codes',
    { title: text('recovery.new.title'), nav: 'security', progress: progressOf(session) },
    { once: await generation(visit), unsaved: account.recoveryConfirmedAt === undefined },
  );
}

async function renew(visit: Visit): Promise<Answered> {
  const replacing = numberIn(visit, 'once');
  if (replacing === undefined) return visit.redirect(path);
  try {
    return await showCodes(visit, visit.session, replacing);
  } catch (error) {
    if (error instanceof AuthError && error.code === 'codes-replaced') return visit.redirect(path);
    throw error;
  }
}

/** Which ten codes a form is about, by when they were made. */
function numberIn(visit: Visit, field: string): number | undefined {
  const value = fields(visit.request).get(field) ?? '';
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

async function saved(visit: Visit): Promise<Answered> {
  const { console, by, settingUp } = visit;
  const which = numberIn(visit, 'which');
  if (which === undefined || fields(visit.request).get('saved') !== 'yes') return visit.redirect(path);
  const renewed = await console.auth.recoveryCodes.confirmSaved(by, which);
  visit.setCookie(renewed.setCookie);
  return settingUp ? visit.redirect('/app-passwords/new') : visit.redirect('/security', 'recovery');
}

export const recoveryCodePages: readonly Route[] = [
  { method: 'get', path, access: 'enrolling', stepUp: here, answer: ask },
  { method: 'post', path, access: 'enrolling', stepUp: here, answer: renew },
  { method: 'post', path: `${path}/saved`, access: 'enrolling', stepUp: here, answer: saved },
];
