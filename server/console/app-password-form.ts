/** The form in which people say what an app password may do: the same on whatever page they say it. */
import type { Request } from 'express';
import { z } from 'zod';
import type { AppPassword, AppPasswordInput, Service } from '../../auth/index.js';
import { CollectionId, findBirthdays, listCollections } from '../../storage/index.js';
import { fields, readForm } from './form.js';
import type { FormState, ReadForm } from './form.js';
import { named, text } from './text.js';
import type { Visit } from './visit.js';

const DAY = 86_400_000;

/** The services that one app password is for. */
export const offers = ['both', 'calendars', 'contacts'] as const;
type Offer = (typeof offers)[number];

export const servicesOf: Readonly<Record<Offer, readonly Service[]>> = {
  both: ['calendars', 'contacts'],
  calendars: ['calendars'],
  contacts: ['contacts'],
};

export const offerOf = (services: ReadonlySet<Service>): Offer =>
  services.size > 1 ? 'both' : services.has('contacts') ? 'contacts' : 'calendars';

// ---- What was sent -----------------------------------------------------------------------------------------------------

const isoDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Its holder loses no hour of the chosen day, neither in the east nor in the west. */
const endOfDay = (value: string): number | undefined => {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T23:59:59Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at + DAY / 2;
};

interface FormOptions<Choice extends string> {
  /** What may be chosen to sync; the page's to say. */
  readonly services: readonly [Choice, ...Choice[]];
  readonly now: number;
  /** The end that it has already, which may be over. */
  readonly endsAt?: number | undefined;
}

const formOf = <Choice extends string>({ services, now, endsAt }: FormOptions<Choice>) =>
  z.object({
    label: z.string('form.label.missing').trim().min(1, 'form.label.missing').max(100, 'form.label.wrong'),
    services: z.enum(services, 'form.services.missing'),
    access: z.enum(['write', 'read'], 'form.choose'),
    limit: z.enum(['all', 'some'], 'form.choose').default('all'),
    addresses: z.string().max(4_000, 'form.addresses.wrong').default(''),
    expires: z
      .string()
      .default('')
      .transform((value) => ({ given: value !== '', at: endOfDay(value) }))
      .refine(
        ({ given, at }) => !given || (at !== undefined && (at > now || at === endsAt)),
        'form.expires.wrong',
      )
      .transform(({ at }) => at),
  });

export type AppPasswordForm<Choice extends string> = Omit<AppPasswordInput, 'services'> & {
  readonly services: Choice;
};

/** Reads the form; what only the server can tell is checked where the app password is made. */
export function readAppPasswordForm<Choice extends string>(
  request: Request,
  options: FormOptions<Choice>,
): ReadForm<AppPasswordForm<Choice>> {
  const read = readForm(request, formOf(options));
  if (!read.ok) return read;
  const { limit, expires, ...rest } = read.data;
  const collections = limit === 'some' ? { collections: chosenCollections(request) } : {};
  return { ok: true, data: { ...rest, ...collections, expiresAt: expires } };
}

const chosenCollections = (request: Request): ReadonlySet<CollectionId> =>
  new Set(
    [...fields(request).keys()].flatMap((name) => {
      const id = /^collection-(\d{1,10})$/.exec(name)?.[1];
      return id === undefined ? [] : [CollectionId(Number(id))];
    }),
  );

// ---- What is shown -----------------------------------------------------------------------------------------------------

/** The form as it stands before anything was chosen. */
export const freshValues = (label: string): Readonly<Record<string, string>> => ({
  label,
  services: 'both',
  access: 'write',
  limit: 'all',
});

/** The form with what an app password is by now. */
export function valuesOf(password: AppPassword): Readonly<Record<string, string>> {
  const { label, services, access, collections, addresses, expiresAt } = password;
  return {
    label,
    services: offerOf(services),
    access,
    limit: collections === undefined ? 'all' : 'some',
    addresses: addresses.join(', '),
    expires: expiresAt === undefined ? '' : isoDay(expiresAt - DAY / 2),
    ...Object.fromEntries([...(collections ?? [])].map((id) => [`collection-${id}`, 'on'])),
  };
}

export interface OwnCollection {
  readonly id: CollectionId;
  readonly name: string;
  /** As it stands in addresses. */
  readonly slug: string;
  readonly home: 'calendars' | 'addressbooks';
  readonly isBirthdays: boolean;
}

/** The calendars and address books of whoever visits. */
export async function ownCollections({ console, account }: Visit): Promise<readonly OwnCollection[]> {
  return console.database.read(async (reader) => {
    const birthdays = await findBirthdays(reader, account.id);
    const found: OwnCollection[] = [];
    for (const kind of ['calendar', 'addressbook'] as const)
      for (const { id, name, displayName } of await listCollections(reader, account.id, kind))
        found.push({
          id,
          name: named(displayName ?? name),
          slug: name,
          home: kind === 'calendar' ? 'calendars' : 'addressbooks',
          isBirthdays: id === birthdays?.calendar,
        });
    return found;
  });
}

/** What the view of the form needs beside its values. */
export async function formData<Choice extends string>(
  visit: Visit,
  form: FormState | undefined,
  services: readonly Choice[],
  {
    explained = true,
    suggestions = [],
  }: { readonly explained?: boolean; readonly suggestions?: readonly string[] } = {},
) {
  const collections = await ownCollections(visit);
  const { values = {}, errors = {} } = form ?? {};
  const isOpen =
    ['access', 'collections', 'addresses', 'expires'].some((field) => errors[field] !== undefined) ||
    values['access'] === 'read' ||
    values['limit'] === 'some' ||
    [values['addresses'], values['expires']].some((value) => value !== undefined && value !== '');
  return {
    services: services.map((value) => ({
      value,
      label: text(`new.services.${value as Offer}`),
      what: explained ? text(`new.services.${value as Offer}.what`) : undefined,
    })),
    groups: (['calendars', 'addressbooks'] as const).map((home) => ({
      home,
      title: text(home === 'calendars' ? 'device.calendars' : 'new.limit.books'),
      collections: collections.filter((each) => each.home === home),
    })),
    suggestions,
    more: isOpen,
    tomorrow: isoDay(visit.now + DAY),
    ownAddress: visit.client.address,
  };
}
