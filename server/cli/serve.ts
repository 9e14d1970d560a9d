import type { Command } from 'commander';
import type { Shell } from './shell.js';

/** `latchkey serve`: the server, in this process. */
export function serveCommand(program: Command, shell: Shell): void {
  program
    .command('serve')
    .description('Run the server until SIGTERM or Ctrl-C')
    .action(async () => {
      // Loaded here alone: the other commands need no HTTP.
      const { serve } = await import('../serve.js');
      shell.exitCode = await serve(shell.environment);
    });
}
