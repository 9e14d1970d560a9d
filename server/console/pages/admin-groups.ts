/** For administrators: groups, whose members find each other. */
import { z } from 'zod';
import type { Group } from '../../../auth/index.js';
import { AccountId } from '../../../storage/ids.js';
import { adminTabs } from '../admin-tabs.js';
import { notFoundPage } from '../errors.js';
import { freshForm, problem, readForm } from '../form.js';
import { problemOf } from '../problems.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import { ANSWERED, meOf } from '../visit.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/admin/groups';
const one = `${path}/:name`;
const PAGE = 100;

const pageOf = ({ name }: Pick<Group, 'name'>): string => `${path}/${encodeURIComponent(name)}`;

async function list(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const found = await visit.console.auth.groups.list({ after: visit.query('after'), limit: PAGE + 1 });
  const groups = found.slice(0, PAGE);
  const last = found.length > PAGE ? groups.at(-1) : undefined;
  return visit.page(
    'admin-groups',
    { title: text('admin.tab.groups'), nav: 'admin', ...frame },
    {
      adminTabs: adminTabs('groups'),
      groups: groups.map((group) => ({
        href: pageOf(group),
        title: group.displayName ?? group.name,
        name: group.name,
        members: text('admin.group.members', { count: group.members }),
      })),
      more: last && moreOf(path, last.name),
    },
    status,
  );
}

const moreOf = (page: string, after: string | number): string =>
  `${page}?${new URLSearchParams({ after: String(after) }).toString()}`;

const newGroupForm = z.object({
  name: z.string('form.name.missing').trim().min(1, 'form.name.missing').max(200, 'form.name.wrong'),
  displayName: z.string().trim().max(400, 'form.display-name.wrong').default(''),
});

async function create(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    list(visit, frame, status);
  const read = readForm(visit.request, newGroupForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const make = () => visit.console.auth.groups.create(read.data, visit.by);
  const made = await visit.attempt(
    make,
    (error) => (error.code === 'name-taken' ? problem('name', 'form.group.taken') : problemOf(error)),
    showAgain,
  );
  return made === ANSWERED ? made : visit.redirect(pageOf(made));
}

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const { auth } = visit.console;
  const group = await auth.groups.find(visit.parameter('name'));
  if (group === undefined) return notFoundPage(visit);
  const after = Number(visit.query('after'));
  const found = await auth.groups.members(group.name, {
    limit: PAGE + 1,
    ...(Number.isSafeInteger(after) && after > 0 ? { after: AccountId(after) } : {}),
  });
  const members = found.slice(0, PAGE);
  const last = found.length > PAGE ? members.at(-1) : undefined;
  return visit.page(
    'admin-group',
    {
      title: group.displayName ?? group.name,
      nav: 'admin',
      form: freshForm({ displayName: group.displayName ?? '' }),
      ...frame,
    },
    {
      name: group.name,
      href: pageOf(group),
      members: members.map(({ id, name, displayName, disabled }) => ({
        ...meOf({ name, displayName, isAdmin: false, timeZone: undefined }),
        id,
        disabled,
      })),
      more: last && moreOf(pageOf(group), last.id),
    },
    status,
  );
}

const renameForm = z.object({
  displayName: z.string().trim().min(1, 'form.display-name.wrong').max(400, 'form.display-name.wrong'),
});

async function rename(visit: Visit): Promise<Answered> {
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    show(visit, frame, status);
  const read = readForm(visit.request, renameForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const name = visit.parameter('name');
  const work = () => visit.console.auth.groups.rename(name, read.data.displayName, visit.by);
  const done = await visit.attempt(work, problemOf, showAgain);
  return done === ANSWERED ? done : visit.redirect(pageOf({ name }), 'group');
}

const memberForm = z.object({
  member: z.string('form.name.missing').trim().min(1, 'form.name.missing').max(254, 'form.member.unknown'),
});

async function add(visit: Visit): Promise<Answered> {
  const { auth } = visit.console;
  const showAgain = (frame: Pick<PageFrame, 'form'>, status: number): Promise<Answered> =>
    show(visit, frame, status);
  const read = readForm(visit.request, memberForm);
  if (!read.ok) return visit.wrong(read.problems, showAgain);
  const account = await auth.accounts.find(read.data.member);
  if (account === undefined) return visit.wrong([problem('member', 'form.member.unknown')], showAgain);
  const name = visit.parameter('name');
  const work = () => auth.groups.add(name, account.id, visit.by);
  const done = await visit.attempt(
    work,
    ({ code }) => (code === 'already-member' ? problem('member', 'form.member.already') : undefined),
    showAgain,
  );
  return done === ANSWERED ? done : visit.redirect(pageOf({ name }), 'group');
}

async function leave(visit: Visit): Promise<Answered> {
  const id = visit.parameter('id');
  if (!/^\d{1,15}$/.test(id)) return notFoundPage(visit);
  const name = visit.parameter('name');
  await visit.console.auth.groups.leave(name, AccountId(Number(id)), visit.by);
  return visit.redirect(pageOf({ name }), 'group');
}

async function askRemoval(visit: Visit): Promise<Answered> {
  const group = await visit.console.auth.groups.find(visit.parameter('name'));
  if (group === undefined) return notFoundPage(visit);
  const name = group.displayName ?? group.name;
  return visit.page(
    'admin-confirm',
    { title: text('admin.group.remove.title', { name }), nav: 'admin' },
    {
      consequence: text('admin.group.remove.what'),
      action: `${pageOf(group)}/remove`,
      button: text('admin.group.remove'),
      danger: true,
      backHref: pageOf(group),
      backLabel: name,
    },
  );
}

async function remove(visit: Visit): Promise<Answered> {
  await visit.console.auth.groups.remove(visit.parameter('name'), visit.by);
  return visit.redirect(path, 'group-removed');
}

const toGroup = ({ path: at }: { readonly path: string }): string =>
  /^\/admin\/groups\/[^/]+/.exec(at)?.[0] ?? path;
const administrator = { access: 'administrator' } as const;

export const adminGroupPages: readonly Route[] = [
  { method: 'get', path, ...administrator, answer: (visit) => list(visit) },
  { method: 'post', path, ...administrator, stepUp: () => path, answer: create },
  { method: 'get', path: one, ...administrator, answer: (visit) => show(visit) },
  { method: 'post', path: one, ...administrator, stepUp: toGroup, answer: rename },
  { method: 'post', path: `${one}/members`, ...administrator, stepUp: toGroup, answer: add },
  { method: 'post', path: `${one}/members/:id/leave`, ...administrator, stepUp: toGroup, answer: leave },
  {
    method: 'get',
    path: `${one}/remove`,
    ...administrator,
    stepUp: ({ path: at }) => at,
    answer: askRemoval,
  },
  { method: 'post', path: `${one}/remove`, ...administrator, stepUp: ({ path: at }) => at, answer: remove },
];
