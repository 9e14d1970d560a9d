/** The trace that a request belongs to already, by what it says of it (W3C Trace Context §3.2, §3.3). */
import type { IncomingHttpHeaders } from 'node:http';
import { createTraceState, TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const nothing = /^0+$/;
/** §3.3.1.5: what is longer may be left out. */
const LONGEST_STATE = 512;

/** Undefined where there is none, or none that can be read: then a trace begins here. */
export function traceContextOf(headers: IncomingHttpHeaders): SpanContext | undefined {
  const { traceparent, tracestate } = headers;
  const parts = typeof traceparent === 'string' ? form.exec(traceparent.trim()) : null;
  if (parts === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = parts;
  // What later versions add comes after a dash; the first one has nothing there, and ff is none.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (nothing.test(traceId) || nothing.test(spanId)) return undefined;
  const state = Array.isArray(tracestate) ? tracestate.join(',') : (tracestate ?? '');
  return {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(state === '' || state.length > LONGEST_STATE ? {} : { traceState: createTraceState(state) }),
  };
}
