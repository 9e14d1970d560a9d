/** Short answers to what people ask. */
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';

const questions = [
  'app-password',
  'why-two-step',
  'passkey',
  'server',
  'login-password',
  'not-syncing',
  'forgotten',
  'lost-password',
  'lost-device',
  'lost-phone',
  'mail',
] as const;

interface Entry {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

/** Without case, accents and signs. */
const plain = (value: string): string =>
  value
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** The answers that have every word, or a word that begins so; those whose question has them come first. */
function search(entries: readonly Entry[], wanted: readonly string[]): readonly Entry[] {
  const has = (value: string): boolean => {
    const within = ` ${plain(value)}`;
    return wanted.every((word) => within.includes(` ${word}`));
  };
  const inQuestion = entries.filter(({ question }) => has(question));
  const elsewhere = entries.filter(({ question, answer }) => !has(question) && has(`${question} ${answer}`));
  return [...inQuestion, ...elsewhere];
}

function show(visit: Visit): Answered {
  const url = visit.console.config.baseUrl.origin;
  const entries = questions.map((id) => ({
    id,
    question: text(`help.${id}`),
    answer: text(`help.${id}.answer`, { url }),
  }));
  const words = visit.query('q').slice(0, 100).trim();
  const wanted = plain(words).split(' ').filter(Boolean);
  const searched = wanted.length > 0;
  const shown = searched ? search(entries, wanted) : entries;
  const count = shown.length;
  return visit.page(
    'help',
    { title: text('help.title'), width: '' },
    {
      words,
      found: searched ? text(count === 0 ? 'help.found.none' : 'help.found', { count, words }) : '',
      entries: shown.map((entry, index) => ({ ...entry, open: searched || index === 0 })),
    },
  );
}

export const helpPages: readonly Route[] = [{ method: 'get', path: '/help', access: 'anyone', answer: show }];
