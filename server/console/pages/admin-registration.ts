/** For administrators: who may make an account. */
import { z } from 'zod';
import { adminTabs } from '../admin-tabs.js';
import { freshForm, readForm } from '../form.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/admin/registration';
const policies = ['closed', 'invite', 'open'] as const;

async function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Promise<Answered> {
  const { registration } = visit.console.auth;
  const policy = await registration.policy();
  return visit.page(
    'admin-registration',
    { title: text('admin.tab.registration'), nav: 'admin', form: freshForm({ policy }), ...frame },
    {
      adminTabs: adminTabs('registration'),
      isFixed: registration.isFixed,
      now: text(`admin.status.registration.${policy}`),
      policies: policies.map((value) => ({
        value,
        label: text(`admin.status.registration.${value}`),
        what: text(`admin.registration.${value}.what`),
      })),
    },
    status,
  );
}

const registrationForm = z.object({ policy: z.enum(policies, 'form.choose') });

async function save(visit: Visit): Promise<Answered> {
  const read = readForm(visit.request, registrationForm);
  if (!read.ok) return visit.wrong(read.problems, (frame, status) => show(visit, frame, status));
  await visit.console.auth.registration.choose(read.data.policy, visit.by);
  return visit.redirect(path, 'registration');
}

export const adminRegistrationPages: readonly Route[] = [
  { method: 'get', path, access: 'administrator', answer: (visit) => show(visit) },
  { method: 'post', path, access: 'administrator', stepUp: () => path, answer: save },
];
