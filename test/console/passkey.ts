/** What the script of the passkey pages does, by a browser of the tests. */
import assert from 'node:assert/strict';
import type { PasskeyCreation } from '../../auth/index.js';
import type { Authenticator } from '../auth/authenticator.js';
import { formOn } from './house.js';
import type { Answer, Visitor } from './house.js';

/** The question that a page's form fetches. */
export async function questionOn<Question>(
  visitor: Visitor,
  action: string,
  path = `${action}/question`,
  page?: Answer,
): Promise<Question> {
  const { csrf = '' } = formOn(page ?? (await visitor.open(action)), action);
  const answer = await visitor.request('POST', path, { csrf });
  assert.equal(answer.status, 200, answer.location ?? answer.body);
  assert.match(answer.headers.get('Content-Type') ?? '', /^application\/json/);
  assert.equal(answer.headers.get('Cache-Control'), 'no-store');
  return JSON.parse(answer.body) as Question;
}

/** Makes a passkey on the page for it; answers what follows. */
export async function addPasskey(
  visitor: Visitor,
  authenticator: Authenticator,
  label: string,
): Promise<Answer> {
  const path = '/security/two-step/passkey';
  const page = await visitor.open(path);
  const question = await questionOn<PasskeyCreation>(visitor, path, `${path}/question`, page);
  return visitor.send(page, path, { passkey: authenticator.create(question), label });
}
