/**
 * Login passwords come from a file, from standard input or from a prompt; never from arguments, which every process on
 * the machine can read and shells remember.
 */
import { readFile } from 'node:fs/promises';
import type { ReadStream } from 'node:tty';
import { DataError } from '../failures.js';

const MAX_BYTES = 16 * 1024;

/** Reads the password of `--password-file`; `-` is standard input. One line break at the end is not part of it. */
export async function passwordFromFile(file: string): Promise<string> {
  const bytes = file === '-' ? await readAll(process.stdin) : await readPasswordFile(file);
  if (bytes.length > MAX_BYTES) throw new DataError('The password file is too large.');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.replace(/\r?\n$/, '');
  } catch {
    throw new DataError('The password file is not UTF-8 text.');
  }
}

/** The password of the option; without it a prompt, or standard input where nobody sits. */
export const passwordFrom = (file: string | undefined): Promise<string> =>
  secretFrom(file, ['New password: ', 'Again: ']);

/** The same for a passphrase: a new one is asked for twice. */
export const passphraseFrom = (file: string | undefined, isNew: boolean): Promise<string> =>
  secretFrom(file, isNew ? ['New passphrase: ', 'Again: '] : ['Passphrase: ']);

async function secretFrom(file: string | undefined, questions: readonly string[]): Promise<string> {
  if (file !== undefined) return passwordFromFile(file);
  if (!process.stdin.isTTY) return passwordFromFile('-');
  const answers: string[] = [];
  for (const question of questions) answers.push(await prompt(process.stdin, question));
  const [secret = ''] = answers;
  if (answers.some((answer) => answer !== secret)) throw new DataError('What was typed differs.');
  return secret;
}

async function readPasswordFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new DataError(`The password file ${file} cannot be read (${reason}).`, { cause: error });
  }
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    chunks.push(bytes);
    if (length > MAX_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** Asks on the terminal without showing what is typed. */
async function prompt(terminal: ReadStream, question: string): Promise<string> {
  process.stderr.write(question);
  terminal.setRawMode(true);
  terminal.setEncoding('utf8');
  try {
    return await readLine(terminal);
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    process.stderr.write('\n');
  }
}

function readLine(terminal: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let line: string[] = [];
    const onData = (text: string): void => {
      for (const character of text) {
        if (endsLine.has(character) || givesUp.has(character)) {
          terminal.off('data', onData);
          if (endsLine.has(character)) resolve(line.join(''));
          else reject(new DataError('Nothing was changed.'));
          return;
        }
        if (erases.has(character)) line = line.slice(0, -1);
        else line.push(character);
      }
    };
    terminal.on('data', onData);
    terminal.resume();
  });
}

const endsLine = new Set(['\r', '\n']);
// Ctrl-C and Ctrl-D: in raw mode the terminal sends no signal for them.
const givesUp = new Set(['\u0003', '\u0004']);
const erases = new Set(['\u007f', '\b']);
