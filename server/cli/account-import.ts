import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Account } from '../../auth/index.js';
import { Importer, ImportRefusal, UnreadableFileError } from '../../dav/index.js';
import { quotaOfAccount } from '../../storage/index.js';
import type { Collection } from '../../storage/index.js';
import { emptyTally, importInto } from '../archive/import-run.js';
import type { Refused, Tally } from '../archive/import-run.js';
import { exportedCollections, looseFiles, singleFile } from '../archive/import-sources.js';
import type { CollectionSource, UnreadableSource } from '../archive/import-sources.js';
import type { Core } from '../core.js';
import { exitCodes } from '../exit-codes.js';
import { DataError } from '../failures.js';
import { ProgressBar } from './progress-bar.js';
import { byShell, findAccount, print, UsageError, withCore } from './shell.js';
import type { OutputOptions, Shell } from './shell.js';

interface ImportOptions extends OutputOptions {
  readonly into?: string;
  readonly keepGoing?: true;
}

/**
 * `latchkey account import`: a folder of `account export`, or .ics and .vcf files of other programs. Each object is stored as
 * a whole or not at all, and one that is there already is left alone: an import that was ended is run again.
 */
export function accountImport(accounts: Command, shell: Shell): void {
  accounts
    .command('import')
    .description('Take in a folder that export wrote, or .ics and .vcf files; can be run again')
    .argument('<name>', 'login name or mail address')
    .argument('<path>', 'a folder, or one file with any number of objects')
    .option('--into <collection>', 'for other files: the address or the name of a calendar or address book')
    .option('--keep-going', 'go on after what is refused; otherwise the first refusal ends it')
    .option('--json', 'answer with JSON')
    .action(async (name: string, given: string, options: ImportOptions) => {
      const sources = await sourcesAt(resolve(given), options);
      await withCore(shell, async (core) => {
        const account = await findAccount(core, name);
        await core.auth.accounts.noteImport(account.id, byShell);
        await new AccountImport(shell, options, core, account).run(sources);
      });
    });
}

/** @throws DataError, UsageError */
async function sourcesAt(
  path: string,
  { into }: ImportOptions,
): Promise<readonly (CollectionSource | UnreadableSource)[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new DataError(`There is no file and no folder ${path}.`);
  const exported = found.isDirectory() ? await exportedCollections(path) : undefined;
  if (exported !== undefined) {
    if (into === undefined) return exported;
    throw new UsageError('An export says itself where it belongs: leave --into out.');
  }
  if (into === undefined)
    throw new UsageError('This is not what export wrote: name a calendar or address book with --into.');
  const sources = found.isDirectory()
    ? [await looseFiles(path, 'calendar'), await looseFiles(path, 'addressbook')]
    : [await single(path)];
  const filled = sources.filter(({ bytes }) => bytes > 0);
  if (filled.length === 0) throw new DataError(`There is nothing to import in ${path}.`);
  return filled;
}

async function single(path: string): Promise<CollectionSource> {
  try {
    return await singleFile(dirname(path), basename(path));
  } catch (error) {
    if (error instanceof UnreadableFileError) throw new DataError(error.message, { cause: error });
    throw error;
  }
}

interface Imported extends Tally {
  readonly kind: Collection['kind'];
  readonly address: string;
  readonly displayName: string | null;
  readonly made: boolean;
}

const MAX_TOLD = 1_000;

class AccountImport {
  private readonly imported: Imported[] = [];
  private readonly refused: Refused[] = [];
  private refusals = 0;
  private leftOut = 0;
  private readonly bar: ProgressBar;
  private done = 0;
  private all = 0;

  constructor(
    private readonly shell: Shell,
    private readonly options: ImportOptions,
    private readonly core: Core,
    private readonly account: Account,
  ) {
    this.bar = new ProgressBar(shell.terminal);
  }

  async run(sources: readonly (CollectionSource | UnreadableSource)[]): Promise<void> {
    const { database, config } = this.core;
    const { id, name } = this.account;
    const quotaBytes = await database.read((reader) => quotaOfAccount(reader, id));
    const importer = new Importer({
      database,
      account: { id, name, quotaBytes },
      limits: config,
      clock: Date.now,
    });
    this.all = sources.reduce((sum, source) => sum + ('bytes' in source ? source.bytes : 0), 0);
    let goesOn = true;
    for (const source of sources) {
      if (!goesOn) break;
      goesOn = 'sentence' in source ? this.refuse(source) : await this.take(importer, source);
    }
    await importer.finish();
    this.tell(goesOn);
  }

  private async take(importer: Importer, source: CollectionSource): Promise<boolean> {
    const { maxResourceSize } = this.core.config;
    if (source.described?.madeByServer === true) {
      this.leftOut += 1;
      return true;
    }
    const target = await this.targetOf(importer, source);
    if (target === undefined) return this.options.keepGoing === true;
    const { collection, made } = target;
    const tally = emptyTally();
    const { kind, name: address, displayName } = collection;
    this.imported.push(Object.assign(tally, { kind, address, displayName, made }));
    return importInto(importer, collection, source, tally, {
      maxResourceSize,
      goesOnAfter: (refused) => this.refuse(refused),
      onProgress: (bytes) => {
        this.done += bytes;
        this.bar.show({
          table: source.place.slice(0, 40),
          done: Math.min(this.done, this.all),
          all: this.all,
        });
      },
    });
  }

  /** Undefined where it was refused. */
  private async targetOf(
    importer: Importer,
    { kind, place, described }: CollectionSource,
  ): Promise<{ readonly collection: Collection; readonly made: boolean } | undefined> {
    try {
      if (described !== undefined)
        return await importer.collection(kind, described.address, described.settings);
      const { into = '' } = this.options;
      const found = await importer.find(kind, into);
      if (found !== undefined) return { collection: found, made: false };
      return await importer.collection(kind, randomUUID(), { ...plainSettings, displayName: into });
    } catch (error) {
      if (!(error instanceof ImportRefusal)) throw error;
      this.refuse({ place, sentence: error.message });
      return undefined;
    }
  }

  /** Answers whether to go on. */
  private refuse(refused: Refused): boolean {
    this.refusals += 1;
    if (this.refused.length < MAX_TOLD) this.refused.push(refused);
    return this.options.keepGoing === true;
  }

  private tell(cameToItsEnd: boolean): void {
    const { shell, options, imported, refused, refusals } = this;
    this.bar.end();
    for (const { place, sentence } of refused) shell.terminal.err(`${place}: ${sentence}\n`);
    if (refusals > refused.length) shell.terminal.err(`... and ${refusals - refused.length} more.\n`);
    const { account } = this;
    const answer = { id: account.id, name: account.name, collections: imported, refusals, refused };
    print(shell, options, { ...answer, complete: cameToItsEnd && refusals === 0 }, this.text(cameToItsEnd));
    if (refusals > 0) shell.exitCode = exitCodes.data;
  }

  private text(cameToItsEnd: boolean): string {
    const { imported, refusals, leftOut } = this;
    const sum = (outcome: keyof Tally): number => imported.reduce((total, each) => total + each[outcome], 0);
    const counts = (of: Tally): string => `${of.new} new, ${of.replaced} replaced, ${of.unchanged} unchanged`;
    const lines = imported.map(
      (each) => `${each.displayName ?? each.address}: ${counts(each)}${each.made ? ' (made for it)' : ''}.`,
    );
    if (leftOut > 0)
      lines.push('The calendar of birthdays was left out: the server makes it from the contacts.');
    const all = counts({ new: sum('new'), replaced: sum('replaced'), unchanged: sum('unchanged') });
    lines.push(`Together: ${all}${refusals === 0 ? '' : `, ${refusals} refused`}.`);
    if (!cameToItsEnd)
      lines.push('It ended there. Run it again when that is put right: what is stored is left alone then.');
    return lines.join('\n');
  }
}

const plainSettings = {
  description: null,
  descriptionLanguage: null,
  color: null,
  order: null,
  components: ['VEVENT', 'VTODO', 'VJOURNAL'],
  timeZone: null,
  calendarTimezone: null,
  transparent: false,
  subscribedTo: null,
  otherProperties: [],
} as const;
