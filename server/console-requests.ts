/** What the app needs to know about requests for the console. */
import type { IncomingMessage } from 'node:http';

/**
 * Where a browser is sent that came to `127.0.0.1` or `[::1]` while the server is known as `localhost`: passkeys are bound
 * to a name, and cookies to a host. Only for pages, never for forms or DAV.
 */
export function localhostLocation(request: IncomingMessage, baseUrl: URL): string | undefined {
  if (baseUrl.hostname !== 'localhost' || request.method !== 'GET') return undefined;
  const { host = '', accept = '' } = request.headers;
  if (!/^(127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host) || !accept.includes('text/html')) return undefined;
  const url = request.url ?? '/';
  return url.startsWith('/') ? `${baseUrl.origin}${url}` : undefined;
}

/** The template of the express route that answered; what express adds to a request is read with care. */
export function consoleRoute(request: IncomingMessage & { readonly route?: unknown }): string {
  const { route } = request;
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  return typeof path === 'string' ? path : '*';
}
