/**
 * The `latchkey` command: its subcommands, and what becomes of their errors. A command answers on standard output; what
 * went wrong is one sentence on standard error and an exit code (docs/operating.md).
 */
import { Command, CommanderError } from 'commander';
import type { Environment } from '../config.js';
import { exitCodes } from '../exit-codes.js';
import { failureOf } from '../failures.js';
import type { Failure } from '../failures.js';
import { accountAdd } from './account-add.js';
import { accountDelete } from './account-delete.js';
import { accountDisable } from './account-disable.js';
import { accountEnable } from './account-enable.js';
import { accountExport } from './account-export.js';
import { accountImport } from './account-import.js';
import { accountList } from './account-list.js';
import { accountQuota } from './account-quota.js';
import { accountReleaseName, accountRename } from './account-rename.js';
import { accountResetFactors } from './account-reset-factors.js';
import { accountSetPassword } from './account-set-password.js';
import { appPasswordAdd } from './app-password-add.js';
import { appPasswordChange } from './app-password-change.js';
import { appPasswordList } from './app-password-list.js';
import { appPasswordRevoke } from './app-password-revoke.js';
import { auditExport } from './audit-export.js';
import { backupCommand } from './backup.js';
import { configShow } from './config-show.js';
import { invite } from './invite.js';
import { mailTest } from './mail-test.js';
import { migrateDatabase } from './migrate.js';
import { restoreCommand } from './restore.js';
import { rotateSecret } from './rotate-secret.js';
import { serveCommand } from './serve.js';
import type { Shell, Terminal } from './shell.js';
import { transferDatabase } from './transfer.js';
import { UsageError } from './shell.js';
import { verifyCommand } from './verify.js';
import { writeAll } from './write-all.js';

/** Runs one command and answers its exit code. */
export async function runCli(
  args: readonly string[],
  environment: Environment,
  terminal: Terminal = standardStreams,
): Promise<number> {
  const complain = ({ sentence, exitCode }: Failure): number => {
    terminal.err(`${sentence}\n`);
    return exitCode;
  };
  const shell: Shell = { terminal, environment, exitCode: exitCodes.ok };
  try {
    await program(shell).parseAsync(args, { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    // Commander has said on standard error what it did not understand, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof UsageError) {
      return complain({ sentence: error.message, exitCode: exitCodes.usage });
    }
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return complain(failure);
  }
}

const standardStreams: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outAll: (pieces) => writeAll(pieces, process.stdout),
};

const asSentence = (text: string): string => {
  const said = text.replace(/^error: /, '');
  return said.charAt(0).toUpperCase() + said.slice(1);
};

function program(shell: Shell): Command {
  const latchkey = new Command('latchkey')
    .description(
      'The Latchkey server and its accounts. Settings come from the environment: see `latchkey config`.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: shell.terminal.out,
      writeErr: shell.terminal.err,
      outputError: (text, write) => write(asSentence(text)),
    });
  const account = latchkey.command('account').description('Accounts');
  const appPassword = latchkey.command('app-password').description('App passwords of an account');
  const audit = latchkey.command('audit').description('What happened to accounts');
  const mail = latchkey.command('mail').description('Mail to account holders');
  for (const declare of [
    serveCommand,
    configShow,
    migrateDatabase,
    transferDatabase,
    backupCommand,
    restoreCommand,
    verifyCommand,
    rotateSecret,
    invite,
    // Also without `account` before them: what people look for when they move.
    accountExport,
    accountImport,
  ])
    declare(latchkey, shell);
  for (const declare of accountCommands) declare(account, shell);
  for (const declare of [appPasswordAdd, appPasswordChange, appPasswordList, appPasswordRevoke])
    declare(appPassword, shell);
  auditExport(audit, shell);
  mailTest(mail, shell);
  return latchkey;
}

const accountCommands = [
  accountAdd,
  accountList,
  accountQuota,
  accountRename,
  accountReleaseName,
  accountDisable,
  accountEnable,
  accountSetPassword,
  accountResetFactors,
  accountDelete,
  accountExport,
  accountImport,
];
