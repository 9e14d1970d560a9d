/** Certificates for tests: an authority, and what it has signed. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

export interface Issued {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly name: Name;
  readonly privateKey: KeyObject;
}

const algorithms = { rsa: '1.2.840.113549.1.1.11', ec: '1.2.840.10045.4.3.2' };
type KeyKind = keyof typeof algorithms;

const pairOf = (kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } =>
  kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });

const commonName = (value: string): Name =>
  new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: '2.5.4.3', value: new AttributeValue({ utf8String: value }) }),
    ]),
  ]);

/** A certificate with a new key, from an authority or from itself, valid in this year and the next. */
export function issue(subject: string, kind: KeyKind, authority?: Issued): Issued {
  const { publicKey, privateKey } = pairOf(kind);
  const name = commonName(subject);
  const signer = authority?.privateKey ?? privateKey;
  const signature = new AlgorithmIdentifier({
    algorithm: algorithms[signer.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'],
  });
  const year = new Date().getUTCFullYear();
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: new OctetString([1, 2, 3, 4]).buffer,
    signature,
    issuer: authority?.name ?? name,
    validity: new Validity({
      notBefore: new Date(`${year}-01-01T00:00:00Z`),
      notAfter: new Date(`${year + 1}-12-31T00:00:00Z`),
    }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(
      publicKey.export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
  });
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: signature,
    signatureValue: Uint8Array.from(sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), signer))
      .buffer,
  });
  return {
    certificate: pem(certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
    privateKey,
  };
}

function pem(certificate: Certificate): string {
  const lines = Buffer.from(AsnConvert.serialize(certificate)).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`;
}
