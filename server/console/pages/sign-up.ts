/** Making an account: by the first set-up link, by an invite, or freely where the server is open. */
import { z } from 'zod';
import type { LinkView, Renewed, SignUp } from '../../../auth/index.js';
import { deadLinkPage, notFoundPage } from '../errors.js';
import { freshForm, problem, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { TextKey } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

/** Empty means not given. */
const optional = (value: string): string | undefined => (value === '' ? undefined : value);

const signUpForm = z.object({
  name: z.string('form.name.missing').trim().min(1, 'form.name.missing').max(200, 'form.name.wrong'),
  displayName: z.string().trim().max(400, 'form.display-name.wrong').default('').transform(optional),
  email: z.string().trim().max(320, 'form.email.wrong').default('').transform(optional),
  password: z.string('form.password.choose').min(1, 'form.password.choose').max(4096, 'form.password.long'),
  repeat: z.string('form.repeat.different'),
});

interface Way {
  readonly title: TextKey;
  readonly path: string;
  /** The link's view, `open` where none is needed, or undefined where the page must not be shown. */
  enter(visit: Visit): Promise<LinkView | 'open' | undefined>;
  refuse(visit: Visit): Answered;
  make(visit: Visit, input: SignUp): Promise<Renewed>;
}

const byLink = (kind: 'setup' | 'invite', title: TextKey): Way => ({
  title,
  path: `/${kind}/:token`,
  enter: (visit) => visit.console.auth.links.look(kind, visit.parameter('token')),
  refuse: deadLinkPage,
  make: (visit, input) => visit.console.auth.registration.redeem(kind, visit.parameter('token'), input),
});

const freely: Way = {
  title: 'account-new.sign-up',
  path: '/sign-up',
  enter: async (visit) => ((await visit.console.auth.registration.policy()) === 'open' ? 'open' : undefined),
  refuse: notFoundPage,
  make: (visit, input) => visit.console.auth.registration.signUp(input),
};

function show(visit: Visit, way: Way, frame: Pick<PageFrame, 'form'> = {}, status = 200): Answered {
  const whole: PageFrame = { title: text(way.title), progress: 1, width: 'narrow', ...frame };
  const { works } = visit.console.auth.outbox;
  return visit.page('account-new', whole, { action: visit.request.path, mailWorks: works }, status);
}

/** Looking uses nothing up: mail scanners and previews open links too. */
async function look(visit: Visit, way: Way): Promise<Answered> {
  const link = await way.enter(visit);
  if (link === undefined) return way.refuse(visit);
  const email = link === 'open' ? undefined : link.email;
  return show(visit, way, email === undefined ? {} : { form: freshForm({ email }) });
}

async function make(visit: Visit, way: Way): Promise<Answered> {
  if ((await way.enter(visit)) === undefined) return way.refuse(visit);
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Answered =>
    show(visit, way, frame, status);
  const read = readForm(visit.request, signUpForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const { repeat, ...input } = read.data;
  if (repeat !== input.password) return visit.wrong([problem('repeat', 'form.repeat.different')], showAgain);
  const made = await visit.attempt(
    () => way.make(visit, { ...input, client: visit.client }),
    problemOf,
    showAgain,
  );
  if (made === ANSWERED) return made;
  visit.setCookie(made.setCookie);
  return visit.redirect('/security/two-step');
}

const ways: readonly Way[] = [
  byLink('setup', 'account-new.setup'),
  byLink('invite', 'account-new.invite'),
  freely,
];

export const signUpPages: readonly Route[] = ways.flatMap((way): Route[] => [
  { method: 'get', path: way.path, access: 'anyone', answer: (visit) => look(visit, way) },
  { method: 'post', path: way.path, access: 'anyone', answer: (visit) => make(visit, way) },
]);
