/** Renaming and removing a method of two-step verification. */
import { z } from 'zod';
import { freshForm, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';
import { methodsInWords, methodsOf } from './methods.js';
import type { Method } from './methods.js';

const overview = '/security/two-step';
const here = (): string => overview;

type Kind = Method['kind'];

/** The method that the path names; undefined where it is gone. */
async function found(visit: Visit, kind: Kind) {
  const methods = await methodsOf(visit);
  const method = methods.find((each) => each.kind === kind && each.id === visit.parameter('id'));
  return method && { method, others: methods.filter((each) => each !== method) };
}

/** What `auth` has for a kind. */
function verbsOf({ console }: Visit, kind: Kind) {
  return kind === 'passkey' ? console.auth.passkeys : console.auth.totp;
}

const renameForm = z.object({
  label: z.string('form.method.missing').trim().min(1, 'form.method.missing').max(400, 'form.label.wrong'),
});

async function askName(
  visit: Visit,
  kind: Kind,
  frame: Pick<PageFrame, 'form'> = {},
  status = 200,
): Promise<Answered> {
  const method = (await found(visit, kind))?.method;
  if (method === undefined) return visit.redirect(overview);
  const form = freshForm({ label: method.label });
  const title = text('method.rename.title', { label: method.label });
  return visit.page('two-step-rename', { title, nav: 'security', form, ...frame }, { method }, status);
}

async function rename(visit: Visit, kind: Kind): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number) => askName(visit, kind, frame, status);
  const read = readForm(visit.request, renameForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const renamed = await visit.attempt(
    () => verbsOf(visit, kind).rename(visit.parameter('id'), read.data.label, visit.by),
    problemOf,
    showAgain,
  );
  return renamed === ANSWERED ? renamed : visit.redirect(overview, 'method-renamed');
}

async function askRemoval(visit: Visit, kind: Kind): Promise<Answered> {
  const there = await found(visit, kind);
  if (there === undefined) return visit.redirect(overview);
  const { method, others } = there;
  return visit.page(
    'two-step-remove',
    { title: text('method.remove.title', { label: method.label }), nav: 'security' },
    { method, last: others.length === 0, others: methodsInWords(others) },
  );
}

async function remove(visit: Visit, kind: Kind): Promise<Answered> {
  const renewed = await verbsOf(visit, kind).remove(visit.parameter('id'), visit.by);
  visit.setCookie(renewed.setCookie);
  return visit.redirect(overview, 'method-removed');
}

const pagesOf = (kind: Kind): readonly Route[] => {
  const path = (verb: string): string => `${overview}/${kind}/:id/${verb}`;
  const rules = { access: 'holder', stepUp: here } as const;
  return [
    { method: 'get', path: path('rename'), ...rules, answer: (visit) => askName(visit, kind) },
    { method: 'post', path: path('rename'), ...rules, answer: (visit) => rename(visit, kind) },
    { method: 'get', path: path('remove'), ...rules, answer: (visit) => askRemoval(visit, kind) },
    { method: 'post', path: path('remove'), ...rules, answer: (visit) => remove(visit, kind) },
  ];
};

export const twoStepMethodPages: readonly Route[] = [...pagesOf('passkey'), ...pagesOf('app')];
