/** What a person with a shell can put right: the sentence to show instead of a stack trace, and the exit code. */
import { AuthError, KeyringError } from '../auth/index.js';
import {
  StorageBusyError,
  StorageDamagedError,
  StorageFullError,
  UnfinishedTransferError,
  UnrestoredBackupError,
} from '../storage/index.js';
import { NewerDatabaseError } from '../storage/migrations/index.js';
import { ConfigError } from './config.js';
import { exitCodes } from './exit-codes.js';
import { ListenError } from './listen.js';

/** Something given to a command is refused, by the command itself. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** A command's answer could not be written; the message is a sentence. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

export interface Failure {
  readonly sentence: string;
  readonly exitCode: number;
}

/** Undefined for a fault of ours, which keeps its stack trace. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const exitCode = exitCodeOf(error);
  return exitCode === undefined ? fileFailureOf(error) : { sentence: error.message, exitCode };
}

/** What the system says of a file or folder that somebody has named, or that lies below it. */
const wordsOfSystem: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that there',
  EEXIST: 'it is there already',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'it is no folder',
  ENOTEMPTY: 'the folder is not empty',
  EROFS: 'nothing can be written there',
};

function fileFailureOf(error: Error): Failure | undefined {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const words = code === undefined || syscall === undefined ? undefined : wordsOfSystem[code];
  if (words === undefined) return undefined;
  const what = path ?? 'A file';
  return { sentence: `${what}: ${words} (${code ?? ''}).`, exitCode: exitCodes.failure };
}

function exitCodeOf(error: Error): number | undefined {
  if (
    error instanceof ConfigError ||
    error instanceof KeyringError ||
    error instanceof NewerDatabaseError ||
    error instanceof UnfinishedTransferError ||
    error instanceof UnrestoredBackupError
  ) {
    return exitCodes.config;
  }
  if (error instanceof AuthError) return error.code === 'busy' ? exitCodes.tryAgain : exitCodes.data;
  if (error instanceof DataError) return exitCodes.data;
  if (error instanceof StorageBusyError) return exitCodes.tryAgain;
  if (
    error instanceof StorageFullError ||
    error instanceof StorageDamagedError ||
    error instanceof ListenError ||
    error instanceof OutputError
  ) {
    return exitCodes.failure;
  }
  return undefined;
}
