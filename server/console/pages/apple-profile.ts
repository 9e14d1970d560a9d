/**
 * A profile for an iPhone, iPad or Mac, so that nothing is typed: from the page that shows a new app password, or by a QR
 * code that the device's camera opens. The code holds a link for one use; the app password is made as it is used.
 */
import type { DeviceOffer, Service } from '../../../auth/index.js';
import type { AppPasswordId } from '../../../storage/ids.js';
import { appleProfile, profileType } from '../apple-profile.js';
import { deadLinkPage, notFoundPage } from '../errors.js';
import { fields } from '../form.js';
import { readSigningPair, signed } from '../profile-signature.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, Visit } from '../visit.js';

const link = '/profile/:token';

/** The five groups, as they are shown. */
const shownSecret = /^[a-z0-9]{5}(?:-[a-z0-9]{5}){4}$/;

interface Setting {
  readonly id: AppPasswordId;
  readonly userName: string;
  readonly secret: string;
  readonly services: ReadonlySet<Service>;
}

async function send(visit: Visit, { id, ...setting }: Setting): Promise<Answered> {
  const { baseUrl } = visit.console.config;
  const description = baseUrl.hostname;
  const title = text('profile.file.title', { host: description });
  const profile = Buffer.from(appleProfile({ ...setting, id, baseUrl, description }, title));
  visit.response
    .status(200)
    .set('Content-Type', profileType)
    .set('Content-Disposition', 'attachment; filename="latchkey.mobileconfig"')
    .send(await signedWhereItCan(visit, profile));
  return ANSWERED;
}

/** A device takes a profile without a signature too, and shows it as not signed: better than none. */
async function signedWhereItCan(visit: Visit, profile: Buffer): Promise<Buffer> {
  const { config, onError } = visit.console;
  if (config.profileSigner === undefined) return profile;
  try {
    return await signed(profile, await readSigningPair(config.profileSigner), visit.now);
  } catch (error) {
    onError(error, visit.request);
    return profile;
  }
}

/** From the page that has just shown the password, which sends it along: it is kept nowhere. */
async function download(visit: Visit): Promise<Answered> {
  const { account, console, request } = visit;
  const id = (fields(request).get('id') ?? '') as AppPasswordId;
  const secret = fields(request).get('secret') ?? '';
  if (!shownSecret.test(secret)) return notFoundPage(visit);
  const password = await console.auth.appPasswords.get(account.id, id);
  if (password === undefined) return notFoundPage(visit);
  return send(visit, { id: password.id, userName: account.name, secret, services: password.services });
}

/** Instead of an app password to type: a QR code that the device opens. */
export const showProfileCode = (visit: Visit, { url, qr }: DeviceOffer, first: boolean): Answered =>
  visit.page(
    'profile-code',
    { title: text('profile.code.title'), nav: 'passwords', progress: first ? 3 : undefined },
    { url, qr },
  );

/** Mail scanners and previews open links: only the button uses this one up. */
async function look(visit: Visit): Promise<Answered> {
  const offered = await visit.console.auth.deviceLogins.offered(visit.parameter('token'));
  if (offered === undefined) return deadLinkPage(visit);
  const { userName, label } = offered;
  return visit.page(
    'profile-link',
    { title: text('profile.link.title'), width: 'narrow' },
    { action: visit.request.path, userName, label },
  );
}

async function take(visit: Visit): Promise<Answered> {
  const answer = await visit.console.auth.deviceLogins.collect(visit.parameter('token'), visit.client);
  if (answer === undefined) return deadLinkPage(visit);
  const { userName, secret, appPassword } = answer;
  return send(visit, { id: appPassword.id, userName, secret, services: appPassword.services });
}

export const appleProfilePages: readonly Route[] = [
  { method: 'post', path: '/app-passwords/profile', access: 'holder', answer: download },
  { method: 'get', path: link, access: 'anyone', answer: look },
  { method: 'post', path: link, access: 'anyone', answer: take },
];
