/**
 * Settings that hold a secret can come from a file, which systemd (`LoadCredential=`) and containers (`/run/secrets`) give to
 * the server alone: the environment of a process is inherited by all that it starts, and stands in what describes the service.
 */
import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.js';
import { settings } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** By the names of their variables. */
export const secretSettings: ReadonlySet<string> = new Set([
  settings.database.name,
  settings.smtp.name,
  settings.metricsToken.name,
]);

/** The variable that names the file of another one. */
export const fileVariable = (name: string): string => `${name}_FILE`;

const MAX_BYTES = 64 * 1024;

/**
 * The environment with what the files hold. An empty variable counts as one that is not set, as everywhere.
 * @throws ConfigError when a file cannot be read, or the secret is given in both ways
 */
export function withSecretFiles(environment: Environment): Environment {
  const read = [...secretSettings].flatMap((name): [string, string][] => {
    const file = environment[fileVariable(name)]?.trim() ?? '';
    if (file === '') return [];
    if ((environment[name]?.trim() ?? '') !== '')
      throw new ConfigError(`${name} and ${fileVariable(name)} are both set: leave one of them.`);
    return [[name, contentOf(name, file)]];
  });
  return read.length === 0 ? environment : { ...environment, ...Object.fromEntries(read) };
}

/** Nothing of it is ever repeated. Line breaks at its end are not part of it. */
function contentOf(name: string, file: string): string {
  const wrong = (what: string, cause?: unknown): ConfigError =>
    new ConfigError(`${fileVariable(name)}: the file ${file} ${what}.`, { cause });
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw wrong(`cannot be read (${code})`, error);
  }
  const content = bytes.length > MAX_BYTES ? '' : bytes.toString('utf8').trim();
  if (content === '') throw wrong(bytes.length > MAX_BYTES ? 'is too large' : 'is empty');
  return content;
}
