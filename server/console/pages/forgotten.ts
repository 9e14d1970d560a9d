/** For who cannot sign in: a link by mail where mail is sent, and what else there is. */
import { z } from 'zod';
import { readForm } from '../form.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, PageFrame, Visit } from '../visit.js';

const path = '/forgotten';

const whoForm = z.object({
  name: z.string('form.who.missing').trim().min(1, 'form.who.missing').max(320, 'form.who.missing'),
});

function show(visit: Visit, frame: Pick<PageFrame, 'form'> = {}, status = 200): Answered {
  return visit.page(
    'forgotten',
    { title: text('forgotten.title'), width: 'narrow', ...frame },
    { works: visit.console.auth.outbox.works },
    status,
  );
}

/** The answer is the same for everybody, and does not wait for what is done. */
async function ask(visit: Visit): Promise<Answered> {
  const { console, client } = visit;
  if (!console.auth.outbox.works) return show(visit);
  const read = readForm(visit.request, whoForm);
  if (!read.ok) return visit.wrong(read.problems, (frame, status) => show(visit, frame, status));
  await console.auth.links.forgotten({ name: read.data.name, client });
  return visit.redirect(`${path}/sent`);
}

export const forgottenPages: readonly Route[] = [
  { method: 'get', path, access: 'anyone', answer: (visit) => show(visit) },
  { method: 'post', path, access: 'anyone', answer: ask },
  {
    method: 'get',
    path: `${path}/sent`,
    access: 'anyone',
    answer: (visit) => visit.page('forgotten-sent', { title: text('forgotten.sent'), width: 'narrow' }),
  },
];
