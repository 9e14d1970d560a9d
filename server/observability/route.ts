/** Route templates of the DAV tree, by the shape of a path alone. */

const areas = new Map([
  ['principals', ['/dav/principals/', '/dav/principals/:account/']],
  ['calendars', homeTemplates('calendars')],
  ['addressbooks', homeTemplates('addressbooks')],
  [
    'timezones',
    ['', '/:action', '/zones/:tzid', '/zones/:tzid/observances'].map((rest) => `/dav/timezones${rest}`),
  ],
]);

const wellKnown: ReadonlySet<string> = new Set(['caldav', 'carddav', 'timezone']);

function homeTemplates(home: string): string[] {
  return ['/', '/:account/', '/:account/:collection/', '/:account/:collection/:object'].map(
    (rest) => `/dav/${home}${rest}`,
  );
}

/**
 * The template of a path that the DAV handler answers. A slash at the end makes no difference; what is not one of our
 * shapes is `/dav/*`, or `*` outside `/dav/`.
 */
export function davRoute(path: string): string {
  const [empty, top, area, ...rest] = path.split('/', 8);
  if (rest.at(-1) === '') rest.pop();
  if (empty !== '') return '*';
  if (top === '.well-known') return wellKnown.has(area ?? '') ? `/.well-known/${area}` : '*';
  if (top === 'remote.php') return '/remote.php/dav/*';
  if (path === '/' || path === '/principals' || path === '/principals/') return path;
  if (top !== 'dav') return '*';
  if (area === undefined || area === '') return rest.length === 0 ? '/dav/' : '/dav/*';
  return areas.get(area)?.[rest.length] ?? '/dav/*';
}
