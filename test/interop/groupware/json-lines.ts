/** A child process that answers each line of JSON with one. It and its children are a process group of their own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const CALL_LIMIT_MS = 60_000;
const END_LIMIT_MS = 15_000;
const SAID_LIMIT = 20_000;

const answer = z.union([z.object({ error: z.string() }), z.object({ value: z.unknown() })]);

export class JsonLines {
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private said = '';

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    const child = spawn(command, args, { env: environment, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (this.said.length < SAID_LIMIT) this.said += chunk;
    });
    // A program that has ended reads nothing; the missing answer says so.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => (this.said += error.message));
    this.child = child;
    this.answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** One call at a time. Throws with what the program said when it fails, ends, or takes longer than a minute. */
  async call(name: string, parameters: object): Promise<unknown> {
    this.child.stdin?.write(`${JSON.stringify({ call: name, arguments: parameters })}\n`);
    const line = await this.nextLine(name);
    const said = answer.parse(JSON.parse(line));
    if ('error' in said) throw new Error(said.error);
    return said.value;
  }

  /** Closes its input, waits for it to end, and ends what is left of its group. Answers its exit code. */
  async end(): Promise<number | null> {
    const { child } = this;
    child.stdin?.end();
    if (child.exitCode === null)
      await once(child, 'exit', { signal: AbortSignal.timeout(END_LIMIT_MS) }).catch(() => undefined);
    this.kill();
    return child.exitCode;
  }

  private async nextLine(name: string): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer to ${name}:\n${this.said}`)), CALL_LIMIT_MS);
    });
    try {
      const next: IteratorResult<string, unknown> = await Promise.race([this.answers.next(), late]);
      if (next.done === true) throw new Error(`it ended at ${name}:\n${this.said}`);
      return next.value;
    } finally {
      clearTimeout(timer);
    }
  }

  private kill(): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
  }
}
