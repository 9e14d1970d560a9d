/** Short answers to what people ask. */
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';

const questions = [
  'app-password',
  'why-two-step',
  'server',
  'login-password',
  'not-syncing',
  'lost-password',
  'lost-device',
  'lost-phone',
] as const;

function show(visit: Visit): Answered {
  const url = visit.console.config.baseUrl.origin;
  const entries = questions.map((id, index) => ({
    id,
    question: text(`help.${id}`),
    answer: text(`help.${id}.answer`, { url }),
    open: index === 0,
  }));
  return visit.page('help', { title: text('help.title'), width: '' }, { entries });
}

export const helpPages: readonly Route[] = [{ method: 'get', path: '/help', access: 'anyone', answer: show }];
