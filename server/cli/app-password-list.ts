import type { Command } from 'commander';
import type { AppPassword } from '../../auth/index.js';
import { findAccount, instant, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';
import { table } from './table.js';

const HEADER = ['ID', 'LABEL', 'SERVICES', 'ACCESS', 'STATE', 'LAST USED', 'FROM', 'CLIENT'];

/** `latchkey app-password list`: those that are revoked too. */
export function appPasswordList(appPasswords: Command, shell: Shell): void {
  appPasswords
    .command('list')
    .description('List the app passwords of an account, newest first')
    .argument('<name>', 'login name or mail address of the account')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: OutputOptions) => {
      await withCore(shell, async (core) => {
        const account = await findAccount(core, name);
        const all = await core.auth.appPasswords.list(account.id);
        print(shell, options, all.map(toJson), table(HEADER, all.map(toRow)));
      });
    });
}

const toJson = (appPassword: AppPassword): object => ({
  id: appPassword.id,
  label: appPassword.label,
  services: [...appPassword.services],
  access: appPassword.access,
  collections: appPassword.collections === undefined ? null : [...appPassword.collections],
  addresses: appPassword.addresses,
  createdAt: instant(appPassword.createdAt),
  expiresAt: instant(appPassword.expiresAt),
  revokedAt: instant(appPassword.revokedAt),
  lastUsedAt: instant(appPassword.lastUsedAt),
  lastAddress: appPassword.lastAddress ?? null,
  lastClient: appPassword.lastClient ?? null,
  requestCount: appPassword.requestCount,
  requestsToday: appPassword.requestsToday,
});

const toRow = (appPassword: AppPassword): string[] => [
  appPassword.id,
  appPassword.label,
  [...appPassword.services].join(','),
  appPassword.access,
  stateOf(appPassword),
  instant(appPassword.lastUsedAt) ?? 'never',
  appPassword.lastAddress ?? '',
  appPassword.lastClient ?? '',
];

function stateOf({ revokedAt, expiresAt }: AppPassword): string {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt === undefined) return 'valid';
  return expiresAt <= Date.now() ? 'expired' : `until ${instant(expiresAt) ?? ''}`;
}
