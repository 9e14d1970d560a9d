/**
 * Signs configuration profiles, so that Apple's devices show them as verified: the profile stands inside a CMS SignedData
 * (RFC 5652 §5) with the certificate and those that lead to its authority.
 */
import { X509Certificate, createHash, createPrivateKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface SignerFiles {
  /** PEM: the certificate first, then those between it and its authority. */
  readonly certificateFile: string;
  /** PEM: the private key, RSA or an elliptic curve of NIST, without a passphrase. */
  readonly keyFile: string;
}

/** What signs: a certificate that is valid by its dates is not asked for here, Apple's devices judge that. */
export interface SigningPair {
  readonly chain: readonly X509Certificate[];
  readonly key: KeyObject;
}

/** The files do not hold what is needed; the message is a sentence for whoever runs the server. */
export class ProfileSignerError extends Error {
  override readonly name = 'ProfileSignerError';
}

/**
 * Reads the files. Certificates are renewed every few weeks, so they are read again for each profile.
 * @throws ProfileSignerError when a file cannot be read, or key and certificate do not belong together
 */
export async function readSigningPair({ certificateFile, keyFile }: SignerFiles): Promise<SigningPair> {
  const chain = certificatesIn(await textOf(certificateFile), certificateFile);
  const key = keyIn(await textOf(keyFile), keyFile);
  if (chain[0]?.checkPrivateKey(key) !== true)
    throw new ProfileSignerError(
      `The key in ${keyFile} does not belong to the certificate in ${certificateFile}.`,
    );
  return { chain, key };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ProfileSignerError(`The file ${file} cannot be read.`, { cause: error });
  }
}

function certificatesIn(pem: string, file: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new ProfileSignerError(`The file ${file} holds no certificate in PEM.`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new ProfileSignerError(`A certificate in ${file} is damaged.`, { cause: error });
  }
}

function keyIn(pem: string, file: string): KeyObject {
  const key = readKey(pem, file);
  if (key.asymmetricKeyType !== undefined && key.asymmetricKeyType in algorithms) return key;
  throw new ProfileSignerError(`The key in ${file} is neither RSA nor of an elliptic curve.`);
}

function readKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new ProfileSignerError(`The file ${file} holds no private key in PEM without a passphrase.`, {
      cause: error,
    });
  }
}

// rsaEncryption (RFC 3370 §3.2) and ecdsa-with-SHA256 (RFC 5754 §3.3), by the names of node:crypto.
const algorithms: Readonly<Record<string, string>> = {
  rsa: '1.2.840.113549.1.1.1',
  ec: '1.2.840.10045.4.3.2',
};
const sha256 = '2.16.840.1.101.3.4.2.1';

/** The content with its signature around it, in DER. `now` is epoch milliseconds. */
export async function signed(content: Buffer, { chain, key }: SigningPair, now: number): Promise<Buffer> {
  // Loaded when the first profile is signed: few servers do, and it is not small.
  const [cms, { AsnConvert, AsnObjectIdentifierConverter, OctetString }, { Certificate, Time }] =
    await Promise.all([
      import('@peculiar/asn1-cms'),
      import('@peculiar/asn1-schema'),
      import('@peculiar/asn1-x509'),
    ]);
  const certificates = chain.map(({ raw }) => AsnConvert.parse(raw, Certificate));
  const own = certificates[0]?.tbsCertificate;
  if (own === undefined) throw new ProfileSignerError('There is no certificate.');
  const digestAlgorithm = new cms.DigestAlgorithmIdentifier({ algorithm: sha256 });
  const attribute = (attrType: string, value: unknown): InstanceType<typeof cms.Attribute> =>
    new cms.Attribute({ attrType, attrValues: [AsnConvert.serialize(value)] });
  // By their encoded length, which is the order of DER here (X.690 §11.6).
  const signedAttrs = [
    attribute(cms.id_contentType, AsnObjectIdentifierConverter.toASN(cms.id_data)),
    attribute(cms.id_signingTime, new Time(new Date(Math.floor(now / 1000) * 1000))),
    attribute(cms.id_messageDigest, new OctetString(createHash('sha256').update(content).digest())),
  ];
  const toSign = setOf(signedAttrs.map((each) => Buffer.from(AsnConvert.serialize(each))));
  const signer = new cms.SignerInfo({
    version: cms.CMSVersion.v1,
    sid: new cms.SignerIdentifier({
      issuerAndSerialNumber: new cms.IssuerAndSerialNumber({
        issuer: own.issuer,
        serialNumber: own.serialNumber,
      }),
    }),
    digestAlgorithm,
    signedAttrs,
    signatureAlgorithm: new cms.SignatureAlgorithmIdentifier({
      algorithm: algorithms[key.asymmetricKeyType ?? ''] ?? '',
      ...(key.asymmetricKeyType === 'rsa' ? { parameters: null } : {}),
    }),
    signature: new OctetString(sign('sha256', toSign, key)),
  });
  const signedData = new cms.SignedData({
    version: cms.CMSVersion.v1,
    digestAlgorithms: new cms.DigestAlgorithmIdentifiers([digestAlgorithm]),
    encapContentInfo: new cms.EncapsulatedContentInfo({
      eContentType: cms.id_data,
      eContent: new cms.EncapsulatedContent({ single: new OctetString(content) }),
    }),
    certificates: new cms.CertificateSet(
      certificates.map((certificate) => new cms.CertificateChoices({ certificate })),
    ),
    signerInfos: new cms.SignerInfos([signer]),
  });
  const info = new cms.ContentInfo({
    contentType: cms.id_signedData,
    content: AsnConvert.serialize(signedData),
  });
  return Buffer.from(AsnConvert.serialize(info));
}

/** What is signed: the attributes as a SET OF, whose tag is not the one that stands in the message (RFC 5652 §5.4). */
export function setOf(members: readonly Buffer[]): Buffer {
  const content = Buffer.concat(members);
  if (content.length > 255) throw new ProfileSignerError('The attributes of a signature are too long.');
  const length = content.length < 128 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Buffer.from([0x31, ...length]), content]);
}
