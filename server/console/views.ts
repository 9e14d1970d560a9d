/** Pages: eta templates that escape whatever they print, inside one frame. */
import { Eta } from 'eta';
import type { Assets } from './assets.js';
import { consoleFile } from './files.js';
import { noForm } from './form.js';
import type { FormState } from './form.js';
import { icon } from './icons.js';
import { exactTime, language, list, relativeTime, text } from './text.js';
import type { TextKey } from './text.js';

/** Who is signed in, as the frame shows it. */
export interface Me {
  readonly name: string;
  readonly displayName: string;
  readonly initials: string;
  /** Which of the eight colours their dot has. */
  readonly hue: number;
  readonly admin: boolean;
  readonly timeZone: string | null;
}

export type Tab = 'home' | 'passwords' | 'security' | 'activity' | 'admin';

/** What the frame needs to know beside the page's own data. */
export interface Frame {
  readonly title: string;
  readonly me?: Me | undefined;
  /** Nothing else is open yet: two-step verification is still being set up. */
  readonly settingUp?: boolean | undefined;
  /** The page inside set-up: 1 account, 2 two-step verification, 3 first app password. */
  readonly progress?: 1 | 2 | 3 | undefined;
  readonly nav?: Tab | 'profile' | undefined;
  readonly width?: 'narrow' | 'wide' | '' | undefined;
  readonly csrf?: string | undefined;
  /** What has just been done, by the end of its key. */
  readonly notice?: string | undefined;
  readonly form?: FormState | undefined;
  /** The page offers passkeys, where browsers take them: their scripts are loaded. */
  readonly passkeys?: boolean | undefined;
  /** Where browsers take them; undefined on pages that offer none. */
  readonly passkeyOrigin?: string | undefined;
  /** Seconds after which the page asks again, where there is no JavaScript. */
  readonly refresh?: number | undefined;
}

export type Render = (view: string, frame: Frame, data: Readonly<Record<string, unknown>>) => string;

/** Compiles templates on first use and keeps them; `now` is the clock of relative times, in epoch milliseconds. */
export function createViews(assets: Assets, now: () => number): Render {
  const eta = new Eta({ views: consoleFile('views'), cache: true, autoEscape: true });
  return (view, frame, data) => {
    const { me, width = me ? '' : 'narrow' } = frame;
    return eta.render(view, {
      ...data,
      ...frame,
      width,
      form: frame.form ?? noForm,
      tabs: frame.settingUp === true ? [] : tabs(me),
      t: text,
      icon,
      language,
      list,
      asset: (name: string) => assets.url(name),
      relativeTime: (at: number) => relativeTime(at, now()),
      exactTime: (at: number) => exactTime(at, me?.timeZone ?? null),
    });
  };
}

const tabKeys: readonly (readonly [id: Tab, href: string, icon: string, key: TextKey])[] = [
  ['home', '/', 'house', 'nav.home'],
  ['passwords', '/app-passwords', 'key-round', 'nav.passwords'],
  ['security', '/security', 'shield-check', 'nav.security'],
  ['activity', '/activity', 'history', 'nav.activity'],
  ['admin', '/admin', 'users', 'nav.admin'],
];

function tabs(me: Me | undefined) {
  return tabKeys
    .filter(([id]) => id !== 'admin' || me?.admin === true)
    .map(([id, href, picture, key]) => ({ id, href, icon: picture, label: text(key) }));
}

/** The initials and the colour of a name; the same name has the same colour everywhere. */
export function portrait(displayName: string): { initials: string; hue: number } {
  const words = displayName.trim().split(/\s+/u);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) =>
    firstLetter(word ?? ''),
  );
  let hash = 0;
  for (const character of displayName) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return { initials: letters.join('').toLocaleUpperCase(language.tag), hue: hash % 8 };
}

const graphemes = new Intl.Segmenter(language.tag, { granularity: 'grapheme' });

function firstLetter(word: string): string {
  for (const { segment } of graphemes.segment(word)) return segment;
  return '';
}
