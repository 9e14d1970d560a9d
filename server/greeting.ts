/** What the server says on standard output when it has started: where it is, and what to do next. */
import type { Auth } from '../auth/index.js';

/** While there is no account, makes the link for the first one; earlier links are void then. */
export async function greeting(auth: Auth, baseUrl: URL): Promise<string> {
  const running = `Latchkey is running at ${baseUrl.origin}\n`;
  const link = await auth.links.setup();
  if (link === undefined) return `${running}Sign in at ${baseUrl.origin}/sign-in\n`;
  return [
    running,
    'There is no account yet. Open this link in your browser to make the first one, the administrator’s.',
    `It works once, until ${clockTime(link.expiresAt)}; a new start gives a new one.`,
    '',
    `  ${link.url}`,
    '',
    '',
  ].join('\n');
}

const clockTime = (at: number): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
