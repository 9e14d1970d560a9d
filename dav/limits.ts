/** Every bound that a DAV request meets. The numbers come from configuration (docs/operating.md). */
export interface DavLimits {
  /** Bytes of one calendar or address object; advertised as max-resource-size. */
  readonly maxResourceSize: number;
  /** Bytes of an XML request body. */
  readonly maxRequestBody: number;
  readonly maxXmlDepth: number;
  readonly maxXmlElements: number;
  /** Hrefs in one multiget. */
  readonly maxHrefs: number;
  /** Responses to one query report. */
  readonly maxResults: number;
  /** Instances that one object may be expanded to. */
  readonly maxInstances: number;
  readonly maxAttendees: number;
  /** Collections in one home. */
  readonly maxCollections: number;
  /** Characters of all dead properties of one resource. */
  readonly maxDeadPropertySize: number;
  /** Bytes that one account may store where the account itself has no figure of its own; null for no limit. */
  readonly quotaBytes: number | null;
  /** Milliseconds in which a client must take a piece of a long answer (64 KB). */
  readonly stallTimeout: number;
}

export const defaultLimits: DavLimits = {
  maxResourceSize: 10 * 1024 * 1024,
  maxRequestBody: 1024 * 1024,
  maxXmlDepth: 64,
  maxXmlElements: 50_000,
  maxHrefs: 10_000,
  maxResults: 20_000,
  maxInstances: 10_000,
  maxAttendees: 1_000,
  maxCollections: 200,
  maxDeadPropertySize: 64 * 1024,
  quotaBytes: null,
  stallTimeout: 60_000,
};

/** The bounds alone, out of a configuration that has more: they go to threads, which take plain data and want no secrets. */
export function limitsOf({
  maxResourceSize,
  maxRequestBody,
  maxXmlDepth,
  maxXmlElements,
  maxHrefs,
  maxResults,
  maxInstances,
  maxAttendees,
  maxCollections,
  maxDeadPropertySize,
  quotaBytes,
  stallTimeout,
}: DavLimits): DavLimits {
  return {
    maxResourceSize,
    maxRequestBody,
    maxXmlDepth,
    maxXmlElements,
    maxHrefs,
    maxResults,
    maxInstances,
    maxAttendees,
    maxCollections,
    maxDeadPropertySize,
    quotaBytes,
    stallTimeout,
  };
}
