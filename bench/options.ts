/** What the command line says. */
import { parseArgs } from 'node:util';
import { peerNames } from './peers/names.js';
import type { PeerName } from './peers/names.js';
import { scenarios } from './scenarios/index.js';
import { UsageError } from './usage-error.js';
import { workloads } from './workloads.js';

export type Engine = 'sqlite' | 'postgres';

export interface Options {
  readonly only: ReadonlySet<string>;
  readonly sizes: readonly number[];
  /** Accounts in the database; each figure has a server of its own. */
  readonly accounts: readonly number[];
  readonly engine: Engine;
  /** Processes of the server; each figure has a server of its own. */
  readonly workers: readonly number[];
  readonly peer: PeerName | undefined;
  readonly measureMs: number;
  readonly jsonFile: string | undefined;
  /** Options for the server's Node, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
  /** Settings of the server by variable. */
  readonly settings: Readonly<Record<string, string>>;
}

const names = [...workloads, ...scenarios].map(({ name }) => name);

export const usage = `npm run bench -- [options]
  --only NAMES      workloads, separated by commas: ${names.join(', ')}
  --sizes NUMBERS   objects in a collection, separated by commas (1000,10000)
  --accounts NUMBERS  accounts in the database, separated by commas (1)
  --engine NAME     sqlite or postgres (sqlite); of postgres the CPU time of the database counts too
  --workers NUMBERS  processes of the server, separated by commas (1)
  --peer NAME       ${peerNames.join(', ')}: the same requests to it, in turns; installed from Debian where that can be done
  --seconds NUMBER  how long each workload is measured (3)
  --quick           1,000 objects, one second each
  --json FILE       write the figures there too
  --set SETTINGS    settings of the server, separated by blanks, such as LATCHKEY_METRICS_PORT=0
  --node OPTIONS    options for the server's Node, separated by blanks, such as --cpu-prof
`;

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const { quick = false } = values;
  const sizes = numbers(values.sizes ?? values.size ?? (quick ? '1000' : '1000,10000'), 100, 1_000_000);
  return {
    only: readOnly(values.only),
    sizes,
    accounts: numbers(values.accounts ?? '1', 1, 1_000_000),
    engine: oneOf(values.engine ?? 'sqlite', ['sqlite', 'postgres']),
    workers: numbers(values.workers ?? '1', 1, 64),
    peer: values.peer === undefined ? undefined : oneOf(values.peer, peerNames),
    measureMs: number(values.seconds ?? (quick ? '1' : '3'), 0.1, 600) * 1000,
    jsonFile: values.json,
    nodeOptions: values.node?.split(' ').filter((option) => option !== '') ?? [],
    settings: readSettings(values.set),
  };
}

interface Values {
  readonly only?: string;
  readonly size?: string;
  readonly sizes?: string;
  readonly accounts?: string;
  readonly engine?: string;
  readonly workers?: string;
  readonly peer?: string;
  readonly seconds?: string;
  readonly quick?: boolean;
  readonly json?: string;
  readonly node?: string;
  readonly set?: string;
}

function parse(args: readonly string[]): Values {
  const text = { type: 'string' } as const;
  const options = {
    only: text,
    size: text,
    sizes: text,
    accounts: text,
    engine: text,
    workers: text,
    peer: text,
    seconds: text,
    quick: { type: 'boolean' },
    json: text,
    node: text,
    set: text,
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const numbers = (text: string, least: number, most: number): number[] =>
  text.split(',').map((each) => number(each, least, most));

function oneOf<Name extends string>(text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`${JSON.stringify(text)} is none of ${names.join(', ')}.`);
}

function number(text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new UsageError(`${JSON.stringify(text)} is not a number from ${least} to ${most}.`);
}

function readSettings(text = ''): Readonly<Record<string, string>> {
  const given = text.split(' ').filter((setting) => setting !== '');
  const wrong = given.find((setting) => !/^[A-Z_]+=./.test(setting));
  if (wrong !== undefined) throw new UsageError(`${JSON.stringify(wrong)} is not NAME=VALUE.`);
  return Object.fromEntries(
    given.map((setting) => [setting.slice(0, setting.indexOf('=')), setting.slice(setting.indexOf('=') + 1)]),
  );
}

function readOnly(text: string | undefined): ReadonlySet<string> {
  const wanted = text?.split(',') ?? names;
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new UsageError(`There is no workload ${unknown.join(', ')}.`);
  return new Set(wanted);
}
