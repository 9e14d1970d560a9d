import type { Command } from 'commander';
import { retireKeys, rotateKeyFile } from '../../auth/index.js';
import { usesOfEarlierKeys } from '../../storage/index.js';
import type { KeyUse, UsedKey } from '../../storage/index.js';
import { exitCodes } from '../exit-codes.js';
import { print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';
import { table } from './table.js';

interface RotateOptions extends OutputOptions {
  readonly retire?: true;
  readonly yes?: true;
}

const MAX_LISTED = 1_000;

const words: Readonly<Record<KeyUse, string>> = {
  'login-password': 'login password',
  'app-password': 'app password',
  authenticator: 'authenticator app',
  'recovery-codes': 'recovery codes',
  mail: 'mail that waits',
};

/**
 * `latchkey rotate-secret`: a new server key; what was made with earlier ones goes on working, and moves over at its next
 * use. With `--retire` earlier keys are thrown away, once nobody needs them any more, or all the same with `--yes`.
 */
export function rotateSecret(program: Command, shell: Shell): void {
  program
    .command('rotate-secret')
    .description('Make a new server key; restart the servers afterwards. Nothing stops working')
    .option('--retire', 'instead throw earlier keys away, and list what still needs them')
    .option('--yes', 'with --retire: throw them away although something needs them')
    .option('--json', 'answer with JSON')
    .action(async (options: RotateOptions) => {
      await withCore(shell, async ({ config, database, keyring }) => {
        const { secretFile } = config;
        if (options.retire !== true) {
          const id = await rotateKeyFile(secretFile);
          const text = `The server key is now ${id}. Back up ${secretFile}, and restart the servers.`;
          print(shell, options, { current: id }, text);
          return;
        }
        const used = await database.read((reader) =>
          usesOfEarlierKeys(reader, keyring.currentId, MAX_LISTED),
        );
        if (used.length > 0 && options.yes !== true) {
          print(shell, options, { retired: [], used: used.map(shown) }, needed(used));
          shell.exitCode = exitCodes.failure;
          return;
        }
        const retired = await retireKeys(secretFile);
        const text =
          retired.length === 0
            ? 'There is no earlier key.'
            : `Threw away ${retired.join(', ')}. Restart the servers.`;
        print(shell, options, { retired, used: used.map(shown) }, text);
      });
    });
}

const shown = ({ accountName, use, label }: UsedKey) => ({ account: accountName, use, label });

function needed(used: readonly UsedKey[]): string {
  const rows = used.map(({ accountName, use, label }) => [accountName, words[use], label ?? '']);
  const list = table(['ACCOUNT', 'WHAT', 'NAME'], rows);
  return `${list}\nThese were made with an earlier key and would stop working. Each moves over at its next use; recovery codes when new ones are made. Nothing was thrown away; --yes does it all the same.`;
}
