/** A certificate for localhost that signs itself, made on the spot. */
import { join } from 'node:path';
import { output } from '../program.js';

export interface Certificate {
  /** Paths of PEM files. */
  readonly certificate: string;
  readonly key: string;
}

export async function makeCertificate(folder: string, signal: AbortSignal): Promise<Certificate> {
  const made = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  const args = [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', made.key, '-out', made.certificate],
  ];
  await output('openssl', args, { environment: { PATH: process.env['PATH'] }, signal });
  return made;
}
