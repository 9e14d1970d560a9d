import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { entriesOf } from '../archive/entries.js';
import type { Entry } from '../archive/entries.js';
import { activityAsJson } from '../console/pages/activity-export.js';
import { text } from '../console/text.js';
import { DataError } from '../failures.js';
import { syncToDisk } from './backup.js';
import { byShell, findAccount, print, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

/** `latchkey account export`: everything of an account as plain files in a folder, which appears when it is whole. */
export function accountExport(accounts: Command, shell: Shell): void {
  accounts
    .command('export')
    .description('Write everything of an account into a folder, as plain .ics and .vcf files')
    .argument('<name>', 'login name or mail address')
    .argument('<folder>', 'a folder that is not there yet')
    .option('--json', 'answer with JSON')
    .action(async (name: string, given: string, options: OutputOptions) => {
      const folder = resolve(given);
      if (existsSync(folder)) throw new DataError(`There is ${folder} already.`);
      await withCore(shell, async (core) => {
        const { auth, database, config } = core;
        const account = await findAccount(core, name);
        await auth.accounts.noteExport(account.id, byShell);
        const now = Date.now();
        const day = new Date(now).toISOString().slice(0, 10);
        const { host } = config.baseUrl;
        const entries = entriesOf({
          database,
          account,
          appPasswords: await auth.appPasswords.list(account.id),
          activity: () => activityAsJson(auth.activity, account.id),
          readMe: `${text('take-along.read-me.folder', { name: account.name, host, day })}\n`,
          singleFiles: Number.MAX_SAFE_INTEGER,
          now,
        });
        const files = await writeFolder(folder, entries);
        const told = `Wrote ${files} files of the account ${account.name} into ${folder}.`;
        print(shell, options, { id: account.id, name: account.name, folder, files }, told);
      });
    });
}

/** Under another name until everything is there, readable by its owner only. Answers how many files it has. */
async function writeFolder(folder: string, entries: AsyncIterable<Entry>): Promise<number> {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  let files = 0;
  try {
    await mkdir(unfinished, { mode: 0o700 });
    for await (const entry of entries) {
      await writeEntry(join(unfinished, entry.name), entry);
      files += 1;
    }
    await rename(unfinished, folder);
    await syncToDisk(dirname(folder));
    return files;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** The names of entries are safe below a folder (`file-names.ts`). */
async function writeEntry(file: string, { modifiedAt, content }: Entry): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of content()) await handle.writeFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const at = new Date(modifiedAt);
  await utimes(file, at, at);
}
