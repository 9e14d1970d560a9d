import type { Command } from 'commander';
import type { Account } from '../../auth/index.js';
import { instant, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';
import { table } from './table.js';

const HEADER = ['ID', 'NAME', 'MAIL', 'ADMIN', 'TWO-STEP', 'STATE', 'MADE'];

/** `latchkey account list`. */
export function accountList(accounts: Command, shell: Shell): void {
  accounts
    .command('list')
    .description('List the accounts')
    .option('--json', 'answer with JSON')
    .action(async (options: OutputOptions) => {
      await withCore(shell, async ({ auth }) => {
        const all: Account[] = [];
        for (let page = await auth.accounts.list(); page.length > 0;) {
          all.push(...page);
          page = await auth.accounts.list({ after: page.at(-1)?.id });
        }
        print(shell, options, all.map(toJson), table(HEADER, all.map(toRow)));
      });
    });
}

const toJson = (account: Account): object => ({
  id: account.id,
  name: account.name,
  displayName: account.displayName ?? null,
  email: account.email ?? null,
  admin: account.isAdmin,
  disabledAt: instant(account.disabledAt),
  hasPassword: account.hasPassword,
  hasSecondFactor: account.hasSecondFactor,
  createdAt: instant(account.createdAt),
});

const toRow = (account: Account): string[] => [
  String(account.id),
  account.name,
  account.email ?? '',
  account.isAdmin ? 'yes' : 'no',
  account.hasSecondFactor ? 'on' : 'off',
  account.disabledAt === undefined ? 'enabled' : 'disabled',
  instant(account.createdAt)?.slice(0, 10) ?? '',
];
