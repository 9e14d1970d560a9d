/** What the exit codes of every command mean (docs/operating.md); the numbers are those of sysexits. */
export const exitCodes = {
  ok: 0,
  /** It did not work; the sentence on standard error says why. */
  failure: 1,
  /** The command was called in a way that it does not know. */
  usage: 64,
  /** What was given is refused: a name that is taken, a password that is too short, an account that is not there. */
  data: 65,
  /** Another process holds the database, or it cannot be reached; the same command may work in a moment. */
  tryAgain: 75,
  /** The configuration, the server key or the database's version is wrong. */
  config: 78,
} as const;
