import type { Command } from 'commander';
import { byShell, instant, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface Options extends OutputOptions {
  readonly email?: string;
  readonly admin?: true;
}

/** `latchkey invite`: a link with which somebody makes an account of their own. */
export function invite(program: Command, shell: Shell): void {
  program
    .command('invite')
    .description('Make a link with which one person can make an account, for 7 days')
    .option('--email <address>', 'mail address of the account')
    .option('--admin', 'the account is an administrator’s')
    .option('--json', 'answer with JSON')
    .action(async ({ email, admin, ...options }: Options) => {
      await withCore(shell, async ({ auth }) => {
        const { url, expiresAt } = await auth.links.invite({ email, isAdmin: admin }, byShell);
        print(shell, options, { url, expiresAt: instant(expiresAt) }, url);
      });
    });
}
