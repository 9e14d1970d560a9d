/** One computer with vdirsyncer: a home folder, its configuration, and the folders of files that it keeps in step. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab, Login } from './lab.js';
import { output, runProgram } from './program.js';
import type { ProgramResult } from './program.js';
import type { Kind, Sample } from './samples.js';

export interface VdirsyncerOptions {
  /** What the user types as the address; the server's bare address otherwise. */
  readonly url?: string;
  /** The names of the collections to keep in step, all that either side has unless given. */
  readonly collections?: readonly string[];
  readonly conflict?: 'a wins' | 'b wins';
  /** Further lines for the calendars on the server. */
  readonly calendarSettings?: readonly string[];
  /** Further lines for both. */
  readonly settings?: readonly string[];
}

const KINDS = ['calendars', 'contacts'] as const;
const SIDES = {
  calendars: {
    type: 'caldav',
    extension: '.ics',
    metadata: ['displayname', 'color', 'description', 'order'],
  },
  contacts: { type: 'carddav', extension: '.vcf', metadata: ['displayname', 'description'] },
} as const;

export class Vdirsyncer {
  private constructor(
    readonly home: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Sets it up for an account, without asking the server anything yet. */
  static async create(
    lab: Lab,
    login: Login,
    signal: AbortSignal,
    options: VdirsyncerOptions = {},
  ): Promise<Vdirsyncer> {
    const vdirsyncer = new Vdirsyncer(await lab.home(), signal);
    await vdirsyncer.configure(lab, login, options);
    return vdirsyncer;
  }

  /** Writes the configuration anew: another password, say. vdirsyncer then wants `discover` again. */
  async configure(lab: Lab, login: Login, options: VdirsyncerOptions = {}): Promise<void> {
    const lines = [
      ...['[general]', `status_path = ${quoted(join(this.home, 'status'))}`],
      ...KINDS.flatMap((kind) => this.pair(kind, lab, login, options)),
    ];
    await writeFile(this.configuration, `${lines.join('\n')}\n`);
    for (const kind of KINDS) await mkdir(join(this.home, kind), { recursive: true });
  }

  /** Finds the collections of both sides, and makes on either what only the other has. Answers what it printed. */
  async discover(...pairs: Kind[]): Promise<string> {
    const { code, output: said } = await this.run(['discover', ...pairs], 'y\n'.repeat(20));
    if (code !== 0) throw new Error(`vdirsyncer discover ended with ${code}:\n${said}`);
    return said;
  }

  /** Exchanges objects; throws with what it printed when it is not content. */
  async sync(...pairs: string[]): Promise<void> {
    await output('vdirsyncer', ['-c', this.configuration, 'sync', ...pairs], this.options());
  }

  /** As `sync`, for a run that may fail. */
  async trySync(...pairs: string[]): Promise<ProgramResult> {
    return this.run(['sync', ...pairs]);
  }

  /** Exchanges display name, colour, description and order. */
  async metasync(...pairs: string[]): Promise<void> {
    await output('vdirsyncer', ['-c', this.configuration, 'metasync', ...pairs], this.options());
  }

  /** The local folders of the collections. */
  async collections(kind: Kind): Promise<string[]> {
    return (await readdir(join(this.home, kind))).map((name) => join(this.home, kind, name));
  }

  /** The local folder of the collection, where there is one only. */
  async collection(kind: Kind): Promise<string> {
    const [folder, ...others] = await this.collections(kind);
    if (folder === undefined || others.length > 0) throw new Error(`${others.length + 1} local ${kind}`);
    return folder;
  }

  /** The files of a collection and what they hold. */
  async files(kind: Kind, folder: string): Promise<Map<string, string>> {
    const names = (await readdir(folder)).filter((name) => name.endsWith(SIDES[kind].extension));
    return new Map(
      await Promise.all(
        names.map(async (name): Promise<[string, string]> => [
          name,
          await readFile(join(folder, name), 'utf8'),
        ]),
      ),
    );
  }

  async write(kind: Kind, folder: string, { uid, text }: Sample): Promise<void> {
    await writeFile(join(folder, `${uid}${SIDES[kind].extension}`), text);
  }

  async remove(kind: Kind, folder: string, { uid }: Sample): Promise<void> {
    await rm(join(folder, `${uid}${SIDES[kind].extension}`));
  }

  private get configuration(): string {
    return join(this.home, 'vdirsyncer.ini');
  }

  private pair(kind: Kind, lab: Lab, login: Login, options: VdirsyncerOptions): string[] {
    const { type, extension, metadata } = SIDES[kind];
    return [
      ...[`[pair ${kind}]`, `a = "${kind}_here"`, `b = "${kind}_there"`],
      `collections = ${JSON.stringify(options.collections ?? ['from a', 'from b'])}`,
      ...[`metadata = ${JSON.stringify(metadata)}`],
      ...(options.conflict === undefined ? [] : [`conflict_resolution = ${quoted(options.conflict)}`]),
      ...[`[storage ${kind}_here]`, 'type = "filesystem"', `path = ${quoted(join(this.home, kind))}`],
      `fileext = ${quoted(extension)}`,
      ...[`[storage ${kind}_there]`, `type = ${quoted(type)}`, `url = ${quoted(options.url ?? lab.baseUrl)}`],
      ...[`username = ${quoted(login.user)}`, `password = ${quoted(login.secret)}`],
      ...(kind === 'calendars' ? (options.calendarSettings ?? []) : []),
      ...(options.settings ?? []),
    ];
  }

  private run(args: readonly string[], input?: string): Promise<ProgramResult> {
    return runProgram('vdirsyncer', ['-c', this.configuration, ...args], {
      ...this.options(),
      ...(input === undefined ? {} : { input }),
    });
  }

  private options() {
    return {
      environment: { PATH: process.env['PATH'], HOME: this.home, LANG: 'C.UTF-8' },
      signal: this.signal,
    };
  }
}

const quoted = (text: string): string => JSON.stringify(text);
