/** RFC 7808 §4.1.7: refusals of the time zone service are problem details (RFC 7807), not DAV:error. */
import type { OutgoingHttpHeaders } from 'node:http';

/** The error codes of RFC 7808 §5. */
export type ProblemCode =
  | 'invalid-action'
  | 'invalid-changedsince'
  | 'invalid-end'
  | 'invalid-format'
  | 'invalid-pattern'
  | 'invalid-start'
  | 'tzid-not-found';

export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    /** A sentence for whoever reads the client's log. */
    title: string,
    readonly headers: OutgoingHttpHeaders = {},
  ) {
    super(title);
  }

  /** The JSON object. */
  get body(): string {
    const { code, message: title, status } = this;
    return JSON.stringify({ type: `urn:ietf:params:tzdist:error:${code}`, title, status });
  }
}
