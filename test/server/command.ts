import { runCli } from '../../server/cli/program.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The `latchkey` command in this process: to start one for each takes most of a second. */
export async function runCommand(
  variables: Readonly<Record<string, string | undefined>>,
  ...args: readonly string[]
): Promise<Said> {
  const said = { out: '', err: '' };
  const code = await runCli(args, variables, {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
  });
  return { code, ...said };
}
