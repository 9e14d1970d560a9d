/** What people say of an app password, on whatever page they say it. */
import { z } from 'zod';
import type { Service } from '../../auth/index.js';

/** The services that one app password is for. */
export const offers = ['both', 'calendars', 'contacts'] as const;

export const servicesOf: Readonly<Record<(typeof offers)[number], readonly Service[]>> = {
  both: ['calendars', 'contacts'],
  calendars: ['calendars'],
  contacts: ['contacts'],
};

/** The fields that every such form has; which services it offers is the page's to say. */
export const appPasswordFields = {
  label: z.string('form.label.missing').trim().min(1, 'form.label.missing').max(100, 'form.label.wrong'),
  access: z.enum(['write', 'read'], 'form.choose'),
};
