/**
 * Making an app password: which device, what it may do, then the password, once.
 *
 * The password is part of the answer to the POST itself and is kept nowhere: not in the session, not in the address, and
 * `no-store` keeps it from every cache. So a reload sends the POST again; that it makes no second password is seen to by
 * the form, which holds how many app passwords there were when it was shown, and the newest one's id. Once one has been
 * made these are others, and the form has done its work. Nothing needs to be remembered for this, in any process.
 */
import type { DeviceOffer, MadeAppPassword, NewAppPassword, Service } from '../../../auth/index.js';
import type { AccountId } from '../../../storage/ids.js';
import { appLinks } from '../app-links.js';
import { formData, freshValues, offers, readAppPasswordForm, servicesOf } from '../app-password-form.js';
import type { AppPasswordForm } from '../app-password-form.js';
import { deviceIcon, deviceKind, deviceKinds, guides } from '../devices.js';
import type { DeviceKind } from '../devices.js';
import { fields, freshForm } from '../form.js';
import { suggestedLabels } from '../label-suggestions.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { TextKey } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { fullPage, labelsInUse } from './standing.js';
import { showProfileCode } from './apple-profile.js';

const path = '/app-passwords/new';

const choices = [...offers, 'separate'] as const;
type Choice = (typeof choices)[number];

/** One password for each list. */
const services: Readonly<Record<Choice, readonly (readonly Service[])[]>> = {
  both: [servicesOf.both],
  calendars: [servicesOf.calendars],
  contacts: [servicesOf.contacts],
  separate: [servicesOf.calendars, servicesOf.contacts],
};

/** Apple's devices are set up by a profile. */
const takesProfiles = (kind: DeviceKind): boolean => kind === 'iphone' || kind === 'mac';

interface Known {
  readonly id: DeviceKind;
  readonly icon: string;
  readonly label: string;
  readonly with: string;
}

const known = (kind: DeviceKind): Known => ({
  id: kind,
  icon: deviceIcon(kind),
  label: text(`kind.${kind}`),
  with: text(`kind.${kind}.with`),
});

/** How many app passwords there were, and which was the newest; see above. */
async function generation(visit: Visit): Promise<{ readonly once: string; readonly first: boolean }> {
  const all = await visit.console.auth.appPasswords.list(visit.account.id);
  return { once: `${all.length}-${all[0]?.id ?? ''}`, first: all.length === 0 };
}

async function ask(visit: Visit): Promise<Answered> {
  if (visit.account.recoveryConfirmedAt === undefined) return visit.redirect('/security/recovery-codes');
  const full = await fullPage(visit);
  if (full !== undefined) return full;
  const kind = deviceKind(visit.query('device'));
  if (kind !== undefined) {
    const [suggested = ''] = await suggestionsFor(visit, kind);
    return showForm(visit, kind, { form: freshForm(freshValues(visit.query('label') || suggested)) });
  }
  const progress = (await generation(visit)).first ? 3 : undefined;
  return visit.page(
    'app-password-device',
    { title: text('new.device.title'), nav: 'passwords', progress },
    { kinds: deviceKinds.map(known) },
  );
}

const suggestionsFor = async (visit: Visit, kind: DeviceKind): Promise<readonly string[]> =>
  suggestedLabels(kind, visit.account.displayName, await labelsInUse(visit));

async function showForm(
  visit: Visit,
  kind: DeviceKind,
  frame: Pick<PageFrame, 'form'>,
  status = 200,
): Promise<Answered> {
  const { once, first } = await generation(visit);
  const suggestions = await suggestionsFor(visit, kind);
  return visit.page(
    'app-password-new',
    {
      title: text('new.title', { device: text(`kind.${kind}`) }),
      nav: 'passwords',
      progress: first ? 3 : undefined,
      ...frame,
    },
    {
      kind: known(kind),
      once,
      ...(await formData(visit, frame.form, choices, { suggestions })),
      offersCode: takesProfiles(kind),
      byItself: kind === 'android' ? visit.console.config.baseUrl.origin : undefined,
    },
    status,
  );
}

// Two presses of the button, one right after the other, would both find that no password has been made yet.
const underWay = new Set<AccountId>();

async function create(visit: Visit): Promise<Answered> {
  const { id, recoveryConfirmedAt } = visit.account;
  if (recoveryConfirmedAt === undefined) return visit.redirect('/security/recovery-codes');
  if (underWay.has(id)) return shownAlready(visit);
  underWay.add(id);
  try {
    return await createOnce(visit);
  } finally {
    underWay.delete(id);
  }
}

async function createOnce(visit: Visit): Promise<Answered> {
  const { once, first } = await generation(visit);
  if (fields(visit.request).get('once') !== once) return shownAlready(visit);
  const kind = deviceKind(fields(visit.request).get('device')) ?? 'other';
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    showForm(visit, kind, frame, status);
  const read = readAppPasswordForm(visit.request, { services: choices, now: visit.now });
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  if (takesProfiles(kind) && fields(visit.request).get('how') === 'code') {
    // One password in one profile, also where two were wanted.
    const wanted = passwordOf(kind, read.data, services[read.data.services].flat());
    const offer = (): Promise<DeviceOffer> => visit.console.auth.deviceLogins.offer(wanted, visit.by);
    const offered = await visit.attempt(offer, problemOf, showAgain);
    return offered === ANSWERED ? offered : showProfileCode(visit, offered, first);
  }
  const wanted = passwordsOf(kind, read.data);
  const { appPasswords } = visit.console.auth;
  const make = () => appPasswords.createEach(visit.account.id, wanted, visit.by);
  const made = await visit.attempt(make, problemOf, showAgain);
  return made === ANSWERED ? made : show(visit, kind, made, first);
}

const labelEnds: Readonly<Record<Service, TextKey>> = {
  calendars: 'label.calendars',
  contacts: 'label.contacts',
};

/** One password, or one for calendars and one for contacts, told apart by their names. */
function passwordsOf(kind: DeviceKind, form: AppPasswordForm<Choice>): NewAppPassword[] {
  const each = services[form.services];
  return each.map((list) => {
    const [only] = list;
    const suffix = each.length > 1 && only !== undefined ? ` (${text(labelEnds[only])})` : '';
    return passwordOf(kind, form, list, suffix);
  });
}

const passwordOf = (
  kind: DeviceKind,
  { label, ...form }: AppPasswordForm<Choice>,
  list: readonly Service[],
  suffix = '',
): NewAppPassword => ({ ...form, label: `${label}${suffix}`, device: kind, services: new Set(list) });

function show(visit: Visit, kind: DeviceKind, made: readonly MadeAppPassword[], first: boolean): Answered {
  const place = { origin: visit.console.config.baseUrl.origin, userName: visit.account.name };
  return visit.page(
    'app-password-shown',
    {
      title: text('shown.title', { count: made.length }),
      nav: 'passwords',
      progress: first ? 3 : undefined,
    },
    {
      made: made.map(({ appPassword, secret }) => ({
        id: appPassword.id,
        label: appPassword.label,
        heading: text(`shown.for.${part(appPassword.services)}`),
        secret,
        profile: takesProfiles(kind),
        groups: secret.split('-'),
        links: appLinks(kind, appPassword.services, place, secret),
        guides: guides(kind, appPassword.services, place),
      })),
    },
  );
}

function part(scope: ReadonlySet<Service>): 'both' | Service {
  if (scope.size > 1) return 'both';
  return scope.has('contacts') ? 'contacts' : 'calendars';
}

function shownAlready(visit: Visit): Answered {
  return visit.page('app-password-gone', { title: text('gone.title'), nav: 'passwords' }, {}, 409);
}

/** Back from the step-up with the device and the name that were chosen; neither is a secret. */
function backToForm(visit: {
  readonly body?: unknown;
  readonly query: unknown;
  readonly originalUrl: string;
}): string {
  const body = typeof visit.body === 'object' && visit.body !== null ? visit.body : {};
  const { device, label } = body as Readonly<Record<string, unknown>>;
  if (typeof device !== 'string') return visit.originalUrl;
  const query = new URLSearchParams({ device, label: typeof label === 'string' ? label.slice(0, 100) : '' });
  return `${path}?${query.toString()}`;
}

export const newAppPasswordPages: readonly Route[] = [
  { method: 'get', path, access: 'holder', stepUp: backToForm, answer: ask },
  { method: 'post', path, access: 'holder', stepUp: backToForm, answer: create },
];
