/** What an answer must be like, so that a wrong one is not taken for a fast one. */
import type { TimedAnswer } from './connection.js';
import type { Query } from './load.js';

const RESPONSE_END = Buffer.from('response>');

/** How many responses a multistatus has: counted, not parsed, since the answers are many and long. */
function responsesIn(body: Buffer): number {
  let count = 0;
  for (
    let at = body.indexOf(RESPONSE_END);
    at !== -1;
    at = body.indexOf(RESPONSE_END, at + RESPONSE_END.length)
  )
    count += 1;
  return count / 2;
}

function occurrences(body: Buffer, text: string): number {
  let count = 0;
  for (let at = body.indexOf(text); at !== -1; at = body.indexOf(text, at + text.length)) count += 1;
  return count;
}

/** A query whose answer has that status and nothing else that matters. */
export const expectStatus = (bytes: Buffer, status: number): Query => ({
  bytes,
  fault: (answer) => (answer.status === status ? undefined : `expected ${status}, came ${answer.status}`),
});

/**
 * A query whose answer is a multistatus with so many responses, each of which has the text; the first one of a listing
 * may be the collection itself, which has not.
 */
export const expectResponses = (
  bytes: Buffer,
  responses: number,
  each: string,
  withEach = responses,
): Query => ({
  bytes,
  fault: (answer) => faultOf(answer, responses, each, withEach),
});

function faultOf(
  { status, body }: TimedAnswer,
  responses: number,
  each: string,
  withEach: number,
): string | undefined {
  if (status !== 207) return `expected 207, came ${status}`;
  const came = responsesIn(body);
  if (came !== responses) return `expected ${responses} responses, came ${came}`;
  const have = occurrences(body, each);
  return have === withEach ? undefined : `expected ${withEach} times ${each}, came ${have}`;
}
