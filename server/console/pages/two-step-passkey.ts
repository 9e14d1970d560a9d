/** Adding a passkey or a security key. */
import { fields, freshForm, problem } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { methodAdded } from './two-step.js';

const path = '/security/two-step/passkey';
const here = (): string => path;

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const progress = visit.settingUp ? 2 : undefined;
  const form = freshForm({ label: await browserInWords(visit) });
  return visit.page(
    'two-step-passkey',
    { title: text('passkey.add.title'), nav: 'security', progress, passkeys: true, form, ...frame },
    {},
    status,
  );
}

/** The name that is proposed: where the passkey is made. */
async function browserInWords({ console, session, account }: Visit): Promise<string> {
  const sessions = await console.auth.sessions.list(account.id);
  return sessions.find(({ id }) => id === session.id)?.client ?? '';
}

/** What the browser is to be asked: for the script. */
async function question(visit: Visit): Promise<Answered> {
  return visit.json(await visit.console.auth.passkeys.begin(visit.by));
}

async function add(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number) => show(visit, frame, status);
  const form = fields(visit.request);
  const passkey = form.get('passkey') ?? '';
  const label = (form.get('label') ?? '').trim();
  if (passkey === '') return visit.wrong([problem(null, 'form.passkey.wrong')], showAgain);
  const renewed = await visit.attempt(
    () => visit.console.auth.passkeys.add({ passkey, label: label || text('two-step.passkey') }, visit.by),
    problemOf,
    showAgain,
  );
  return renewed === ANSWERED ? renewed : methodAdded(visit, renewed);
}

export const twoStepPasskeyPages: readonly Route[] = [
  { method: 'get', path, access: 'enrolling', stepUp: here, answer: (visit) => show(visit) },
  { method: 'post', path, access: 'enrolling', stepUp: here, answer: add },
  { method: 'post', path: `${path}/question`, access: 'enrolling', stepUp: here, answer: question },
];
