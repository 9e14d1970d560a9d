/** For administrators: how much an account may store. */
import { z } from 'zod';
import type { AccountOverview } from '../../../auth/index.js';
import { freshForm, readForm } from '../form.js';
import type { FormState } from '../form.js';
import type { Visit, Answered, PageFrame } from '../visit.js';

const MEGABYTE = 1024 ** 2;

/** Megabytes, or empty for the server's figure. */
export const quotaForm = z.object({
  quota: z
    .string()
    .trim()
    .default('')
    .refine((value) => value === '' || /^\d{1,9}$/.test(value), 'form.quota.wrong')
    .transform((value) => (value === '' ? null : Number(value) * MEGABYTE)),
});

/** The form as it stands: a figure that is no whole number of megabytes is rounded up. */
export const quotaFormOf = ({ quotaBytes }: AccountOverview): FormState =>
  freshForm({ quota: quotaBytes === undefined ? '' : String(Math.ceil(quotaBytes / MEGABYTE)) });

/** Saves what the form says. */
export async function saveQuota(
  visit: Visit,
  { account: { id } }: AccountOverview,
  show: (frame: Pick<PageFrame, 'form'>, status: number) => Promise<Answered>,
): Promise<Answered> {
  const read = readForm(visit.request, quotaForm);
  if (!read.ok) return visit.wrong(read.problems, show);
  await visit.console.auth.administration.setQuota(id, read.data.quota, visit.by);
  return visit.redirect(`/admin/accounts/${id}`, 'quota');
}
