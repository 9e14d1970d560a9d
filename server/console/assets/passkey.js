// Passkeys: fetches a question from the server, has the browser answer it, and sends the answer in as a form.
const origin = document.querySelector('[data-passkey-origin]')?.dataset.passkeyOrigin;
const able = 'PublicKeyCredential' in window && location.origin === origin;

const show = (selector, shown) =>
  document.querySelectorAll(selector).forEach((each) => (each.hidden = !shown));
const say = (form, problem) =>
  form.querySelectorAll('[data-problem]').forEach((line) => (line.hidden = line.dataset.problem !== problem));

async function ask(form) {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value });
  const answer = await fetch(form.dataset.ask, { method: 'POST', body });
  // The sign-in has to begin again, or the second step to be confirmed first.
  if (answer.redirected) throw Object.assign(new Error('Not now'), { goTo: answer.url });
  if (!answer.ok) throw new Error('No question');
  return answer.json();
}

// A button was pressed, and its answer is not there yet: an offer would take its place.
let pressed = false;

async function answer(form, useBrowserAutofill = false) {
  const optionsJSON = await ask(form);
  if (useBrowserAutofill && pressed) return;
  const { startRegistration, startAuthentication } = window.SimpleWebAuthnBrowser;
  const given =
    form.dataset.passkey === 'create'
      ? await startRegistration({ optionsJSON })
      : await startAuthentication({ optionsJSON, useBrowserAutofill });
  // The server reads them out of the rest.
  for (const name of ['publicKey', 'publicKeyAlgorithm', 'authenticatorData'])
    if (form.dataset.passkey === 'create') delete given.response[name];
  form.elements.passkey.value = JSON.stringify(given);
  form.submit();
}

const problems = {
  InvalidStateError: 'exists',
  NotAllowedError: 'cancelled',
  ConstraintError: 'unable',
  NotSupportedError: 'unable',
};

async function press(form, button) {
  pressed = true;
  say(form, undefined);
  button.setAttribute('aria-busy', 'true');
  button.disabled = true;
  try {
    await answer(form);
  } catch (error) {
    if (error.goTo) return location.assign(error.goTo);
    say(form, problems[error.name] ?? 'failed');
    button.removeAttribute('aria-busy');
    button.disabled = false;
    button.focus();
    pressed = false;
    return offer();
  }
}

// Beside the names that the browser fills in, it offers passkeys. A question is good for a few minutes: it is put anew.
const field = document.querySelector('[autocomplete$="webauthn"]');
let offering;
async function offer() {
  clearInterval(offering);
  if (pressed || !field || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const form = document.querySelector('form[data-passkey="get"]');
  const put = () => document.hidden || pressed || answer(form, true).catch(() => undefined);
  offering = setInterval(put, 240000);
  put();
}

// What the device itself offers is the best advice: a passkey where it can keep one, else an app.
async function advise() {
  const choice = document.querySelector('[data-passkey-choice]');
  if (!choice) return;
  const best = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
  if (best) choice.querySelector('input').checked = true;
  document.querySelector(`[data-advice="${best ? 'passkey' : 'totp'}"]`).hidden = false;
}

// The browser need not offer those that were removed here.
function tellKnown() {
  const { passkeysKnown } = document.querySelector('[data-passkeys-known]')?.dataset ?? {};
  if (!passkeysKnown || !PublicKeyCredential.signalAllAcceptedCredentials) return;
  PublicKeyCredential.signalAllAcceptedCredentials(JSON.parse(passkeysKnown)).catch(() => undefined);
}

if (able) {
  show('[data-passkey], [data-passkey-able]', true);
  show('[data-passkey-unable]', false);
  for (const form of document.querySelectorAll('form[data-passkey]'))
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      press(form, event.submitter ?? form.querySelector('button'));
    });
  // When the browser has come back to this page, its button is to work again.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  addEventListener('load', offer);
  document.addEventListener('visibilitychange', () => document.hidden || offer());
  advise();
  tellKnown();
}
