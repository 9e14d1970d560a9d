/** One connection to a server on this machine, kept alive where the server does so, as a client that asks and waits. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { AnswerReader } from './answer-reader.js';
import type { Answer } from './answer-reader.js';

/** An answer and how long it took, in milliseconds since the request was written. */
export interface TimedAnswer extends Answer {
  readonly firstByteMs: number;
  readonly ms: number;
}

interface UnderWay {
  readonly sentAt: number;
  firstByteAt: number | undefined;
  readonly resolve: (answer: TimedAnswer) => void;
  readonly reject: (reason: Error) => void;
}

/** No request of the benchmark takes nearly as long. */
const GIVE_UP_MS = 60_000;

export class Connection {
  #socket: Socket;
  readonly #reader = new AnswerReader();
  #underWay: UnderWay | undefined;
  #isOver = false;

  private constructor(
    private readonly port: number,
    socket: Socket,
  ) {
    this.#socket = socket;
    this.#use(socket);
  }

  static async open(port: number): Promise<Connection> {
    return new Connection(port, await connected(port));
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      if (socket === this.#socket) this.#take(bytes);
    });
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy(new Error('the server did not answer in time')));
    socket.on('error', (error) => this.#fail(socket, error));
    socket.on('close', () => this.#fail(socket, new Error('the server closed the connection')));
  }

  /** Sends a whole request and waits for the whole answer; one at a time. */
  async ask(request: Buffer): Promise<TimedAnswer> {
    const sentAt = performance.now();
    // A server that speaks HTTP/1.0 ends the connection with each answer: making another is part of asking it.
    if (this.#isOver) this.#use(await connected(this.port));
    this.#isOver = false;
    return new Promise((resolve, reject) => {
      this.#underWay = { sentAt, firstByteAt: undefined, resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    const underWay = this.#underWay;
    if (underWay === undefined) return;
    underWay.firstByteAt ??= performance.now();
    try {
      const answer = this.#reader.take(bytes);
      if (answer === undefined) return;
      this.#underWay = undefined;
      this.#isOver = answer.head.startsWith('HTTP/1.0');
      const { sentAt, firstByteAt } = underWay;
      underWay.resolve({ ...answer, firstByteMs: firstByteAt - sentAt, ms: performance.now() - sentAt });
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(socket: Socket, error: Error): void {
    // One that was left behind, after its answer.
    if (socket !== this.#socket || this.#isOver) return;
    this.#underWay?.reject(error);
    this.#underWay = undefined;
  }
}

const connected = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
