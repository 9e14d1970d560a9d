/**
 * The Marionette protocol, by which programs of Mozilla are driven: over TCP, a message is its length in bytes, a colon
 * and JSON. A command is `[0, id, name, parameters]`, its answer `[1, id, error, result]`.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { z } from 'zod';

const ANSWER_LIMIT_MS = 60_000;

const greeting = z.object({ marionetteProtocol: z.literal(3) });
const failure = z.object({ error: z.string(), message: z.string() });
const answer = z.tuple([z.literal(1), z.number(), failure.nullable(), z.unknown()]);
const scriptAnswer = z.object({ value: z.unknown() });

export class Marionette {
  private received: Buffer = Buffer.alloc(0);
  private commands = 0;

  private constructor(private readonly socket: Socket) {}

  /** Connects, and begins a session in the program's own context, where all of it can be used. */
  static async open(port: number): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1');
    const marionette = new Marionette(socket);
    await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    greeting.parse(await marionette.next());
    await marionette.command('WebDriver:NewSession', {});
    await marionette.command('Marionette:SetContext', { value: 'chrome' });
    await marionette.command('WebDriver:SetTimeouts', { script: ANSWER_LIMIT_MS });
    return marionette;
  }

  /** Runs the body of a function, and answers what it returns or its promise brings. Throws what it throws. */
  async run(script: string, parameters: readonly unknown[]): Promise<unknown> {
    const result = await this.command('WebDriver:ExecuteScript', {
      script,
      args: parameters,
      sandbox: 'system',
      newSandbox: false,
    });
    return scriptAnswer.parse(result).value;
  }

  /** Asks the program to end, without asking anybody. */
  async quit(): Promise<void> {
    await this.command('Marionette:Quit', { flags: ['eForceQuit'] });
    this.socket.destroy();
  }

  /** One command at a time. */
  private async command(name: string, parameters: object): Promise<unknown> {
    const id = ++this.commands;
    const message = JSON.stringify([0, id, name, parameters]);
    this.socket.write(`${Buffer.byteLength(message)}:${message}`);
    const [, answered, error, result] = answer.parse(await this.next());
    if (answered !== id) throw new Error(`an answer to command ${answered} instead of ${id}`);
    if (error !== null) throw new Error(error.message);
    return result;
  }

  private async next(): Promise<unknown> {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    for (;;) {
      const colon = this.received.indexOf(':');
      const end = colon + 1 + Number(this.received.subarray(0, Math.max(colon, 0)).toString());
      if (colon > 0 && this.received.length >= end) {
        const text = this.received.subarray(colon + 1, end).toString();
        this.received = this.received.subarray(end);
        return JSON.parse(text);
      }
      const [chunk] = z.tuple([z.instanceof(Buffer)]).parse(await once(this.socket, 'data', { signal }));
      this.received = Buffer.concat([this.received, chunk]);
    }
  }
}
