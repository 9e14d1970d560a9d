/** Requests: how many, how they ended and how long they took. By method, route template and status, never by path. */
import { isHealthPath } from '../../health.js';
import { isKnownMethod, knownMethods } from '../methods.js';
import { ByLabel, Counter, Histogram } from './samples.js';
import type { Count, Distribution, Family } from './samples.js';

/** Seconds. Most requests take a millisecond; what matters to people begins at a tenth of a second. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Templates are ours, and fewer than these. */
const mostRoutes = 400;
const mostStatuses = 60;
const otherStatus = 0;

export type Area = 'dav' | 'console' | 'health';

interface OfMethod {
  readonly durations: Distribution;
  readonly byStatus: Map<number, Count>;
}

export class RequestMeter {
  private readonly requests = new Counter(
    'latchkey_http_requests_total',
    'Requests that were answered, by method, route template and status.',
  );
  private readonly durations = new Histogram(
    'latchkey_http_request_duration_seconds',
    "Seconds from a request's headers to the last byte of its answer handed to the network.",
    bounds,
  );
  private readonly cut = new Counter(
    'latchkey_http_requests_aborted_total',
    'Requests whose client went away, or was cut, before the answer was complete.',
  );
  readonly families: readonly Family[] = [this.requests, this.durations, this.cut];

  private readonly aborted = {
    dav: this.cut.child({ area: 'dav' }),
    console: this.cut.child({ area: 'console' }),
    health: this.cut.child({ area: 'health' }),
  };
  private readonly distributions = new ByLabel((area) => {
    return new ByLabel((method) => this.durations.child({ area, method }), knownMethods + 1);
  }, 3);
  private readonly routes = new ByLabel((route) => {
    return new ByLabel((method) => this.ofMethod(route, method), knownMethods + 1);
  }, mostRoutes);

  /** `route` is a template, `ms` the milliseconds that it took. */
  answered(method: string, route: string, status: number, ms: number, aborted: boolean): void {
    const known = isKnownMethod(method) ? method : 'other';
    const entry = this.routes.of(route).of(known);
    entry.durations.observe(ms / 1000);
    const count = entry.byStatus.get(status);
    if (count === undefined) this.firstOf(entry, route, known, status).add();
    else count.add();
    if (aborted) this.aborted[areaOf(route)].add();
  }

  private ofMethod(route: string, method: string): OfMethod {
    return { durations: this.distributions.of(areaOf(route)).of(method), byStatus: new Map() };
  }

  private firstOf({ byStatus }: OfMethod, route: string, method: string, status: number): Count {
    const key = byStatus.size < mostStatuses ? status : otherStatus;
    const known = byStatus.get(key);
    if (known !== undefined) return known;
    const label = key === otherStatus ? 'other' : String(status);
    const count = this.requests.child({ method, route, status: label });
    byStatus.set(key, count);
    return count;
  }
}

export function areaOf(route: string): Area {
  if (isHealthPath(route)) return 'health';
  const isDav =
    route.startsWith('/dav/') || route.startsWith('/.well-known/') || route.startsWith('/remote.php/');
  return isDav || route.startsWith('/principals') ? 'dav' : 'console';
}
