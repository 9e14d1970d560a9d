/** What a request is about, for whoever is told of requests. */
import type { RequestTarget } from '../../auth/index.js';
import type { DavPath } from './path.js';
import { sameName } from './resolve.js';

/** By the request's path alone, undefined where it is malformed; `own` is the account's name, empty where it is not to be compared. */
export function targetOf(path: DavPath | undefined, rawPath: string, own: string): RequestTarget {
  if (path === undefined) return { kind: 'nothing', path: rawPath };
  if ('account' in path && own !== '' && !sameName(path.account, own)) return { kind: 'foreign' };
  switch (path.kind) {
    case 'root':
    case 'dav':
    case 'principals':
    case 'homes':
      return { kind: 'container' };
    case 'principal':
    case 'group':
      return { kind: 'principal' };
    case 'home':
      return { kind: 'home', home: path.home };
    case 'collection':
      return { kind: 'collection', home: path.home, collection: path.name };
    case 'object':
      return { kind: 'object', home: path.home, collection: path.collection, object: path.name };
    case 'beyond':
    case 'nothing':
      return { kind: 'nothing', path: rawPath };
  }
}
