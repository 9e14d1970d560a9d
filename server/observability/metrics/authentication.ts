/** How authentication ends: outcomes, and no word of whose. */
import type { Auth, AuthOutcome, SignIn, SignInOutcome } from '../../../auth/index.js';
import { AuthError } from '../../../auth/index.js';
import { ByLabel, Counter } from './samples.js';
import type { Family } from './samples.js';

type Authenticate = Auth['basic']['authenticate'];

/** Outcomes and steps are words of ours. */
const mostOutcomes = 40;

export class AuthenticationMeter {
  private readonly appPasswords = new Counter(
    'latchkey_app_password_checks_total',
    'Credentials of DAV requests by outcome: accepted, or why they were not.',
  );
  private readonly signIns = new Counter(
    'latchkey_sign_in_steps_total',
    'Steps of signing in to the console, by step and outcome.',
  );
  private readonly refusals = new Counter(
    'latchkey_dav_refusals_total',
    'DAV requests that were refused to a valid app password, by the precondition that did not hold.',
  );
  readonly families: readonly Family[] = [this.appPasswords, this.signIns, this.refusals];

  private readonly byOutcome = new ByLabel((outcome) => this.appPasswords.child({ outcome }), mostOutcomes);
  private readonly byStep = new ByLabel((step) => {
    return new ByLabel((outcome) => this.signIns.child({ step, outcome }), mostOutcomes);
  }, mostOutcomes);
  private readonly byPrecondition = new ByLabel((precondition) => this.refusals.child({ precondition }), 100);

  /** The same check, counted. */
  countingChecks(authenticate: Authenticate): Authenticate {
    return async (request) => {
      const outcome = await authenticate(request);
      this.byOutcome.of(outcomeOf(outcome)).add();
      return outcome;
    };
  }

  /** `precondition` is the local name of its element, where it has one. */
  refused(status: number, precondition: string | undefined): void {
    if (status >= 400) this.byPrecondition.of(precondition ?? 'none').add();
  }

  /** The same steps, counted. */
  countingSignIns(signIn: SignIn): SignIn {
    const counted = async (step: string, outcome: Promise<SignInOutcome>): Promise<SignInOutcome> => {
      const found = await outcome;
      this.byStep.of(step).of(found.kind).add();
      return found;
    };
    return {
      begin: (input) => counted('password', signIn.begin(input)),
      finish: (input) => counted(secondStepOf(input), signIn.finish(input)),
      byPasskey: (input) => counted('passkey-alone', signIn.byPasskey(input)),
      stepUp: async (input) => {
        const outcomes = this.byStep.of(`step-up-by-${'code' in input ? 'code' : 'passkey'}`);
        try {
          const renewed = await signIn.stepUp(input);
          outcomes.of('proved').add();
          return renewed;
        } catch (error) {
          if (error instanceof AuthError)
            outcomes.of(error.code === 'throttled' ? 'throttled' : 'refused').add();
          throw error;
        }
      },
    };
  }
}

const secondStepOf = (given: { readonly code: string } | { readonly passkey: string }): string =>
  'code' in given ? 'second-by-code' : 'second-by-passkey';

const outcomeOf = (outcome: AuthOutcome): string =>
  outcome.kind === 'challenge' ? outcome.reason : outcome.kind;
