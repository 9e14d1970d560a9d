/** Methods that requests are told apart by. A client may send any word as one, and nobody shall make us remember it. */

const methods: ReadonlySet<string> = new Set(
  (
    'GET HEAD POST PUT DELETE OPTIONS PROPFIND PROPPATCH REPORT MKCOL MKCALENDAR COPY MOVE LOCK UNLOCK ACL ' +
    'PATCH SEARCH'
  ).split(' '),
);

export const isKnownMethod = (method: string): boolean => methods.has(method);

export const knownMethods = methods.size;
