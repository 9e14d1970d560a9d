/** The configuration cannot be used; the message is a sentence for whoever set it. Ends the process with 78. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
