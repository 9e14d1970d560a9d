/** Which methods there are: one line each. */
import { acl } from './acl.js';
import { copy, move } from './copy-move.js';
import { remove } from './delete.js';
import type { Method } from './exchange.js';
import { get } from './get.js';
import { lock, unlock } from './lock.js';
import { mkcalendar, mkcol } from './mkcol.js';
import { options } from './options.js';
import { post } from './post.js';
import { propfind } from './propfind.js';
import { proppatch } from './proppatch.js';
import { put } from './put.js';
import { report } from './report.js';

export const methods: ReadonlyMap<string, Method> = new Map([
  ['OPTIONS', options],
  ['PROPFIND', propfind],
  ['PROPPATCH', proppatch],
  ['REPORT', report],
  ['GET', get],
  ['HEAD', get],
  ['PUT', put],
  ['POST', post],
  ['DELETE', remove],
  ['MKCALENDAR', mkcalendar],
  ['MKCOL', mkcol],
  ['COPY', copy],
  ['MOVE', move],
  ['LOCK', lock],
  ['UNLOCK', unlock],
  ['ACL', acl],
]);
