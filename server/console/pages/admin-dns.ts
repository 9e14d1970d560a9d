/** For administrators: which DNS records let devices find the server by the mail domain alone, and whether they are there. */
import { dnsRecords, stateOf, systemDns } from '../dns-records.js';
import type { DnsRecord, DnsState } from '../dns-records.js';
import { freshForm, noForm, problem } from '../form.js';
import type { FormState } from '../form.js';
import type { Route } from '../route.js';
import { text } from '../text.js';
import type { Answered, Visit } from '../visit.js';

const domainName = /^(?=.{1,200}$)[a-z0-9_](?:[a-z0-9-]{0,62})(?:\.[a-z0-9-]{1,63})*$/i;

interface Shown extends DnsRecord {
  readonly state: { readonly tone: string; readonly words: string } | undefined;
}

const tones: Readonly<Record<DnsState, string>> = {
  right: 'ok',
  differs: 'bad',
  missing: 'warn',
  unknown: '',
};

async function show(visit: Visit): Promise<Answered> {
  const { baseUrl, dns = systemDns() } = visit.console.config;
  const asked = visit.query('domain').trim().replace(/\.$/, '');
  const isName = domainName.test(asked);
  const domain = isName ? asked.toLowerCase() : baseUrl.hostname;
  const records: Shown[] = await Promise.all(
    dnsRecords(domain, baseUrl).map(async (record) => ({
      ...record,
      state: isName ? told(await stateOf(record, dns)) : undefined,
    })),
  );
  return visit.page(
    'admin-dns',
    { title: text('dns.title'), nav: 'admin', form: formOf(asked, isName) },
    { records, host: baseUrl.hostname },
    asked === '' || isName ? 200 : 422,
  );
}

const told = (state: DnsState): Shown['state'] => ({ tone: tones[state], words: text(`dns.state.${state}`) });

function formOf(asked: string, isName: boolean): FormState {
  if (asked === '' || isName) return freshForm({ domain: asked });
  const wrong = problem('domain', 'dns.domain.wrong');
  return { ...noForm, values: { domain: asked }, errors: { domain: wrong.message }, summary: [wrong] };
}

export const adminDnsPages: readonly Route[] = [
  { method: 'get', path: '/admin/dns', access: 'administrator', answer: show },
];
