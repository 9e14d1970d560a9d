/**
 * Requests as fetch would not send them: paths that it would tidy up, methods and headers that it forbids, bodies without
 * a length.
 */
import { request } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Device } from './dav-server.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface RawOptions {
  readonly headers?: OutgoingHttpHeaders;
  /** Sent chunked, each part as a chunk. */
  readonly chunks?: readonly (string | Uint8Array)[];
}

/** One request; rejects where the connection ends without an answer. */
export function sendRaw(
  url: string,
  device: Device | undefined,
  method: string,
  path: string,
  { headers = {}, chunks = [] }: RawOptions = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        method,
        path,
        headers: { ...(device === undefined ? {} : { Authorization: device.authorization }), ...headers },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: bytes.toString('utf8'),
            bytes,
          });
        });
      },
    );
    sent.on('error', reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });
}
