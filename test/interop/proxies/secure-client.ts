/** A client that speaks https with the proxy, trusts its authority and nothing else, and shows every byte as it came. */
import { once } from 'node:events';
import { request as overHttps } from 'node:https';
import { request as overHttp } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { connect as overHttp2 } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import type { Login } from '../lab.js';
import type { Site } from './site.js';

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Somebody who has no app password. */
  readonly anonymous?: true;
  /** Past the proxy, to the server itself. */
  readonly plain?: true;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

/** Where requests come from: an address that the server would not see if it saw the proxy's instead. */
export const CLIENT_ADDRESS = '127.0.0.2';

export class SecureClient {
  constructor(
    private readonly site: Site,
    readonly login: Login,
    private readonly signal: AbortSignal,
  ) {}

  /** Ends in `/`. */
  get baseUrl(): string {
    return this.site.lab.baseUrl;
  }

  get authorization(): string {
    return `Basic ${Buffer.from(`${this.login.user}:${this.login.secret}`).toString('base64')}`;
  }

  /** Sends a request over HTTP/1.1 and reads its answer to the end. The path goes out as it is. */
  async send(method: string, path: string, { body, ...sent }: Sent = {}): Promise<Got> {
    const request = this.begin(method, path, sent);
    const answer = answerOf(request);
    request.end(body);
    return read(await answer);
  }

  /** Begins a request whose body the caller writes, and ends. */
  begin(method: string, path: string, { headers, anonymous, plain }: Omit<Sent, 'body'> = {}): ClientRequest {
    const { signal } = this;
    const { hostname, port } = new URL(plain === true ? this.site.directUrl : this.baseUrl);
    const target = { hostname, port, method, path, headers: this.headers(headers, anonymous) };
    if (plain === true) return overHttp({ ...target, agent: false, signal });
    const connection = { ca: this.site.authority, family: 4, localAddress: CLIENT_ADDRESS };
    return overHttps({ ...target, ...connection, agent: false, signal });
  }

  private headers(headers: Sent['headers'] = {}, anonymous?: true): Record<string, string> {
    return { ...(anonymous === true ? {} : { Authorization: this.authorization }), ...headers };
  }

  /** Does something over one connection with HTTP/2 (RFC 9113), and closes it. */
  async withHttp2<Result>(work: (send: SecureClient['send']) => Promise<Result>): Promise<Result> {
    const session = overHttp2(this.baseUrl, { ca: this.site.authority });
    // Streams fail with their session.
    session.on('error', () => undefined);
    const end = (): void => session.destroy();
    this.signal.addEventListener('abort', end);
    try {
      return await work((...request) => this.stream(session, ...request));
    } finally {
      this.signal.removeEventListener('abort', end);
      session.destroy();
    }
  }

  private async stream(
    session: ClientHttp2Session,
    method: string,
    path: string,
    { headers, body, anonymous }: Sent = {},
  ): Promise<Got> {
    const pseudo = { ':method': method, ':path': path };
    const stream = session.request({ ...pseudo, ...this.headers(headers, anonymous) });
    const answered = once(stream, 'response');
    stream.end(body);
    const [answer] = (await answered) as [IncomingHttpHeaders & IncomingHttpStatusHeader];
    const bytes = await bytesOf(stream);
    return { status: answer[':status'] ?? 0, headers: answer, bytes, text: bytes.toString() };
  }
}

/** The head of the answer, whatever becomes of what is still to be sent. */
export function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve).on('error', reject);
  });
}

export async function read(answer: IncomingMessage): Promise<Got> {
  const bytes = await bytesOf(answer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, bytes, text: bytes.toString() };
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
