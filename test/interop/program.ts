import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export interface ProgramOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** What it reads on standard input; nothing otherwise. */
  readonly input?: string;
  readonly folder?: string;
}

export interface ProgramResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** Both streams in the order in which they came. */
  readonly output: string;
}

const OUTPUT_LIMIT = 4 * 1024 * 1024;

/** Runs a program to its end, or until the signal. Rejects if it cannot be started or was stopped. */
export function runProgram(
  command: string,
  args: readonly string[],
  { environment, signal, input, folder }: ProgramOptions,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: environment, signal, killSignal: 'SIGKILL', cwd: folder });
    let stdout = '';
    let output = '';
    const collect = (chunk: string): void => {
      if (output.length < OUTPUT_LIMIT) output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (stdout.length < OUTPUT_LIMIT) stdout += chunk;
      collect(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) =>
      reject(new Error(`${command} was stopped: ${output.slice(-2000)}`, { cause: error })),
    );
    child.on('close', (code) => resolve({ code, stdout, output }));
    // A program that does not read its input closes it early.
    child.stdin.on('error', () => undefined).end(input ?? '');
  });
}

/** As `runProgram`, and throws with what the program said when it does not end with 0. Answers its standard output. */
export async function output(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const result = await runProgram(command, args, options);
  if (result.code === 0) return result.stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${result.code}:\n${result.output.slice(-4000)}`);
}

/** Whether a program of this name is on the PATH, or in one of these folders. */
export async function isProgram(name: string, also: readonly string[] = []): Promise<boolean> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...also].filter(
    (folder) => folder !== '',
  );
  const found = await Promise.all(folders.map((folder) => isExecutable(join(folder, name))));
  return found.includes(true);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
