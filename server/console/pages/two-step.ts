/** Two-step verification: the methods that there are, and the choice of one. */
import type { Renewed } from '../../../auth/index.js';
import { fields, problem } from '../form.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { methodsOf } from './methods.js';
import { showCodes } from './recovery-codes.js';

const here = (): string => '/security/two-step';

async function overview(visit: Visit): Promise<Answered> {
  const { account, settingUp, console } = visit;
  if (settingUp && account.hasSecondFactor) return visit.redirect('/security/recovery-codes');
  if (!account.hasSecondFactor) return choose(visit);
  const [methods, codes, known] = await Promise.all([
    methodsOf(visit),
    console.auth.recoveryCodes.state(account.id),
    console.auth.passkeys.known(account.id),
  ]);
  return visit.page(
    'two-step',
    { title: text('two-step.title'), nav: 'security', passkeys: true },
    { methods, codesLeft: codes.left, several: methods.length > 1, known: JSON.stringify(known) },
  );
}

function choose(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Answered {
  const progress = visit.settingUp ? 2 : undefined;
  return visit.page(
    'two-step-choose',
    { title: text('two-step.title'), nav: 'security', progress, passkeys: true, ...frame },
    {},
    status,
  );
}

async function begin(visit: Visit): Promise<Answered> {
  const method = fields(visit.request).get('method');
  if (method === 'passkey') return visit.redirect('/security/two-step/passkey');
  if (method !== 'totp')
    return visit.wrong([problem('method', 'form.choose')], (frame, status) => choose(visit, frame, status));
  await visit.console.auth.totp.begin(visit.by);
  return visit.redirect('/security/two-step/app');
}

/** Where it goes on when a method was added: to the recovery codes, the first time. */
export async function methodAdded(visit: Visit, renewed: Renewed): Promise<Answered> {
  visit.setCookie(renewed.setCookie);
  const { recoveryConfirmedAt, hasSecondFactor } = visit.account;
  if (recoveryConfirmedAt === undefined) return showCodes(visit, renewed.session);
  return visit.redirect('/security/two-step', hasSecondFactor ? 'method-added' : 'two-step');
}

export const twoStepPages: readonly Route[] = [
  { method: 'get', path: '/security/two-step', access: 'enrolling', answer: overview },
  { method: 'post', path: '/security/two-step', access: 'enrolling', stepUp: here, answer: begin },
];
