/** What the command line says. */
import { parseArgs } from 'node:util';
import { workloads } from './workloads.js';

export interface Options {
  readonly only: ReadonlySet<string>;
  readonly sizes: readonly number[];
  readonly measureMs: number;
  readonly jsonFile: string | undefined;
  /** Options for the server's Node, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
}

export const usage = `npm run bench -- [options]
  --only NAMES      workloads, separated by commas: ${workloads.map(({ name }) => name).join(', ')}
  --size NUMBERS    objects in a collection, separated by commas (1000,10000)
  --seconds NUMBER  how long each workload is measured (3)
  --quick           1,000 objects, one second each
  --json FILE       write the figures there too
  --node OPTIONS    options for the server's Node, separated by blanks, such as --cpu-prof
`;

/** The command line cannot be used; the message is a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const { quick = false } = values;
  const sizes = (values.size ?? (quick ? '1000' : '1000,10000'))
    .split(',')
    .map((size) => number(size, 100, 1_000_000));
  return {
    only: readOnly(values.only),
    sizes,
    measureMs: number(values.seconds ?? (quick ? '1' : '3'), 0.1, 600) * 1000,
    jsonFile: values.json,
    nodeOptions: values.node?.split(' ').filter((option) => option !== '') ?? [],
  };
}

interface Values {
  readonly only?: string;
  readonly size?: string;
  readonly seconds?: string;
  readonly quick?: boolean;
  readonly json?: string;
  readonly node?: string;
}

function parse(args: readonly string[]): Values {
  const text = { type: 'string' } as const;
  const options = {
    only: text,
    size: text,
    seconds: text,
    quick: { type: 'boolean' },
    json: text,
    node: text,
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new UsageError(`${JSON.stringify(text)} is not a number from ${least} to ${most}.`);
}

function readOnly(text: string | undefined): ReadonlySet<string> {
  const known = workloads.map(({ name }) => name);
  const wanted = text?.split(',') ?? known;
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UsageError(`There is no workload ${unknown.join(', ')}.`);
  return new Set(wanted);
}
