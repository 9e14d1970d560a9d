/** REPORT (RFC 3253 §3.6): finds the report by the root element of the body. */
import { requireReading } from '../acl/privileges.js';
import { hasReport } from '../report.js';
import { reportOf } from '../reports.js';
import { exists, resolve } from '../resources/resolve.js';
import { dav } from '../xml/names.js';
import { depthOf } from './conditional.js';
import { badRequest, DavError, notFound } from './errors.js';
import type { Exchange } from './exchange.js';
import { requireIf } from './preconditions.js';

export async function report(exchange: Exchange): Promise<void> {
  const { services, actor, path, request } = exchange;
  const depth = depthOf(request.headers);
  const body = await services.bodies.readXml(exchange);
  if (body === undefined) throw badRequest('REPORT needs a body that says which report.');
  const found = await services.database.read(async (reader) => {
    const there = await resolve(reader, actor, path);
    await requireIf(reader, exchange, there);
    return there;
  });
  if (!exists(found)) throw notFound();
  const wanted = reportOf(body.name);
  requireReading(actor, found, wanted?.privilege);
  if (wanted === undefined || !hasReport(found, wanted)) {
    const offered = services.reportsOf(found).length === 0 ? 'none' : 'those of DAV:supported-report-set';
    throw new DavError(403, `This report is not supported here; supported are ${offered}.`, {
      precondition: dav('supported-report'),
    });
  }
  await wanted.run(exchange, body, depth);
}
