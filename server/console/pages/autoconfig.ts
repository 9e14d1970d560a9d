/**
 * Autoconfiguration as Thunderbird and other mail programs look for it (Mozilla, "Thunderbird:Autoconfiguration:
 * ConfigFileFormat" 1.1): where calendars and contacts are. Mail servers are another's to tell. Public, the same for
 * everybody.
 */
import type { Route } from '../route.js';
import { ANSWERED } from '../visit.js';
import type { Answered, Visit } from '../visit.js';

/** The domain of the address that was typed, where it can be one; else this server's own. */
function domainOf(visit: Visit): string {
  const domain = /^[^@\s]{1,64}@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})$/i.exec(
    visit.query('emailaddress'),
  )?.[1];
  return domain?.toLowerCase() ?? visit.console.config.baseUrl.hostname;
}

const kinds = [
  ['addressBook', 'carddav', '/dav/addressbooks/'],
  ['calendar', 'caldav', '/dav/calendars/'],
] as const;

/** `url` is what the later draft calls `serverURL`; programs pass over the one that they do not know. */
function entry([element, type, path]: (typeof kinds)[number], baseUrl: URL): string {
  const url = new URL(path, baseUrl).href;
  return `    <${element} type="${type}">
      <username>%EMAILADDRESS%</username>
      <authentication system="http">basic</authentication>
      <serverURL>${url}</serverURL>
      <url>${url}</url>
    </${element}>`;
}

function answer(visit: Visit): Answered {
  const { baseUrl } = visit.console.config;
  const domain = domainOf(visit);
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${domain}">
    <domain>${domain}</domain>
    <displayName>Latchkey</displayName>
    <displayShortName>Latchkey</displayShortName>
${kinds.map((kind) => entry(kind, baseUrl)).join('\n')}
  </emailProvider>
</clientConfig>
`;
  visit.response.status(200).type('application/xml').set('Cache-Control', 'public, max-age=3600').send(body);
  return ANSWERED;
}

export const autoconfigPages: readonly Route[] = [
  { method: 'get', path: '/.well-known/autoconfig/mail/config-v1.1.xml', access: 'anyone', answer },
  { method: 'get', path: '/mail/config-v1.1.xml', access: 'anyone', answer },
];
