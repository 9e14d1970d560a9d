/** What every answer of the console says to the browser, so that a fault in a page has no way out of it. */
import helmet from 'helmet';
import type { RequestHandler } from 'express';
import type { ConsoleOptions } from './options.js';

const ONE_YEAR = 31_536_000;

/** Security headers (OWASP ASVS 5.0, 3.4). Strict-Transport-Security is only sent where the visit came by https. */
export function securityHeaders({ clientOf }: Pick<ConsoleOptions, 'clientOf'>): RequestHandler {
  const common = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // Pico draws its check marks and arrows from data in the style sheet.
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  const transport = helmet.strictTransportSecurity({ maxAge: ONE_YEAR, includeSubDomains: false });
  return (request, response, next) => {
    response.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    common(request, response, (error) => {
      if (error !== undefined) next(error);
      else if (clientOf(request).https) transport(request, response, next);
      else next();
    });
  };
}
