/**
 * A device asks for an app password (Nextcloud's Login Flow v2, which DAVx5 speaks): its two requests, and the page on which
 * the holder sees who asks and says what it may do. The addresses are the protocol's.
 */
import type { DeviceAsk, NewAppPassword } from '../../../auth/index.js';
import { formData, freshValues, offers, readAppPasswordForm, servicesOf } from '../app-password-form.js';
import { deadLinkPage } from '../errors.js';
import { fields, freshForm } from '../form.js';
import { freeLabel } from '../label-suggestions.js';
import { problemOf } from '../problems.js';
import { sameAddress } from '../route.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { fullPage, labelsInUse } from './standing.js';

const start = '/index.php/login/v2';
const poll = `${start}/poll`;
const page = `${start}/flow/:token`;

function begin(visit: Visit): Answered {
  const { auth, config } = visit.console;
  const { token, pollToken } = auth.deviceLogins.begin(visit.client);
  const at = (path: string): string => new URL(path, config.baseUrl).href;
  return visit.json({
    poll: { token: pollToken, endpoint: at(poll) },
    login: at(`${start}/flow/${token}`),
  });
}

/** 404 as long as the holder has not agreed, as the protocol says. */
async function collect(visit: Visit): Promise<Answered> {
  const { auth, config } = visit.console;
  const token = fields(visit.request).get('token') ?? '';
  const answer = await auth.deviceLogins.collect(token, visit.client);
  if (answer === undefined) return visit.json([], 404);
  const { userName: loginName, secret: appPassword } = answer;
  return visit.json({ server: config.baseUrl.origin, loginName, appPassword });
}

const askOf = (visit: Visit): DeviceAsk | undefined =>
  visit.console.auth.deviceLogins.look(visit.parameter('token'));

async function ask(visit: Visit): Promise<Answered> {
  const asking = askOf(visit);
  if (asking === undefined) return deadLinkPage(visit);
  const full = await fullPage(visit);
  if (full !== undefined) return full;
  const label = freeLabel(asking.client.slice(0, 90), await labelsInUse(visit));
  return show(visit, asking, { form: freshForm(freshValues(label)) });
}

async function show(
  visit: Visit,
  { client, address }: DeviceAsk,
  frame: Pick<PageFrame, 'form'>,
  status = 200,
): Promise<Answered> {
  return visit.page(
    'device-login',
    { title: text('connect.title', { client }), nav: 'passwords', width: 'narrow', ...frame },
    {
      client,
      address,
      action: visit.request.path,
      ...(await formData(visit, frame.form, offers, { explained: false })),
    },
    status,
  );
}

async function grant(visit: Visit): Promise<Answered> {
  const asking = askOf(visit);
  if (asking === undefined) return deadLinkPage(visit);
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    show(visit, asking, frame, status);
  const read = readAppPasswordForm(visit.request, { services: offers, now: visit.now });
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const services = new Set(servicesOf[read.data.services]);
  const wanted: NewAppPassword = { ...read.data, services, device: 'android' };
  const { deviceLogins } = visit.console.auth;
  const agreed = await visit.attempt(
    () => deviceLogins.grant(visit.parameter('token'), wanted, visit.by),
    problemOf,
    showAgain,
  );
  if (agreed === ANSWERED) return agreed;
  return visit.page(
    'device-login-done',
    { title: text('connect.done.title'), nav: 'passwords', width: 'narrow' },
    { client: asking.client },
  );
}

export const deviceLoginPages: readonly Route[] = [
  { method: 'post', path: start, access: 'anyone', byDevice: true, answer: begin },
  { method: 'post', path: poll, access: 'anyone', byDevice: true, answer: collect },
  { method: 'get', path: page, access: 'holder', stepUp: sameAddress, answer: ask },
  { method: 'post', path: page, access: 'holder', stepUp: sameAddress, answer: grant },
];
