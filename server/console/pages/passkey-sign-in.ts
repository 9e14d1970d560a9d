/** Signing in with a passkey: the questions that the script fetches, and the answer that stands for both steps. */
import type { PasskeyRequest } from '../../../auth/index.js';
import { fields, problem } from '../form.js';
import type { Route } from '../route.js';
import type { Answered, Visit } from '../visit.js';
import { goOn, showSignIn } from './sign-in.js';

async function signIn(visit: Visit): Promise<Answered> {
  const { console, request, client } = visit;
  const outcome = await console.auth.signIn.byPasskey({
    cookieHeader: request.headers.cookie,
    passkey: fields(request).get('passkey') ?? '',
    client,
  });
  return goOn(visit, outcome, () =>
    visit.wrong([problem(null, 'form.sign-in.passkey-wrong')], (frame, status) =>
      showSignIn(visit, frame, status),
    ),
  );
}

/** For the script; whoever cannot be asked any more begins again. */
const put = (visit: Visit, question: PasskeyRequest | undefined): Answered =>
  question === undefined ? visit.redirect('/sign-in') : visit.json(question);

const cookieOf = ({ request, client }: Visit) => ({ cookieHeader: request.headers.cookie, client });

export const passkeySignInPages: readonly Route[] = [
  {
    method: 'post',
    path: '/sign-in/question',
    access: 'anyone',
    answer: (visit) => put(visit, visit.console.auth.passkeys.askToSignIn(cookieOf(visit))),
  },
  {
    method: 'post',
    path: '/sign-in/code/question',
    access: 'anyone',
    answer: (visit) => put(visit, visit.console.auth.passkeys.askSecondStep(cookieOf(visit))),
  },
  { method: 'post', path: '/sign-in/passkey', access: 'anyone', answer: signIn },
  // Where a page leads that asks to wait.
  {
    method: 'get',
    path: '/sign-in/passkey',
    access: 'anyone',
    answer: (visit) => visit.redirect('/sign-in'),
  },
];
