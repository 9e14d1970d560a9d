/** The pages of administrators, as a row of links on each of them. */
import { text } from './text.js';

const pages = ['accounts', 'groups', 'invites', 'registration', 'server'] as const;
export type AdminPage = (typeof pages)[number];

export interface AdminTab {
  readonly href: string;
  readonly label: string;
  readonly current: boolean;
}

export const adminTabs = (current: AdminPage): readonly AdminTab[] =>
  pages.map((page) => ({
    href: page === 'accounts' ? '/admin' : `/admin/${page}`,
    label: text(`admin.tab.${page}`),
    current: page === current,
  }));
