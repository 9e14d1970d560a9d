/** Signed profiles: what Apple's devices check, CMS SignedData of RFC 5652. */
import assert from 'node:assert/strict';
import { X509Certificate, createHash, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContentInfo, SignedData, id_messageDigest, id_signedData } from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  ProfileSignerError,
  readSigningPair,
  setOf,
  signed,
} from '../../server/console/profile-signature.js';
import { issue } from './certificate.js';
import type { Issued } from './certificate.js';
import { livedIn } from './house.js';

/** What stands inside, when the signature of the first certificate is right. */
function opened(message: Buffer, certificates: readonly string[]): Buffer {
  const info = AsnConvert.parse(message, ContentInfo);
  assert.equal(info.contentType, id_signedData);
  const data = AsnConvert.parse(info.content, SignedData);
  const content = Buffer.from(data.encapContentInfo.eContent?.single?.buffer ?? new ArrayBuffer(0));
  const sent = Array.from(data.certificates ?? [], ({ certificate }) =>
    Buffer.from(AsnConvert.serialize(certificate)),
  );
  assert.deepEqual(
    sent,
    certificates.map((text) => new X509Certificate(text).raw),
  );
  const [signer] = Array.from(data.signerInfos);
  assert.ok(signer?.signedAttrs);
  const attributes = setOf(signer.signedAttrs.map((each) => Buffer.from(AsnConvert.serialize(each))));
  const { publicKey, serialNumber } = new X509Certificate(certificates[0] ?? '');
  assert.ok(verify('sha256', attributes, publicKey, Buffer.from(signer.signature.buffer)));
  const named = signer.sid.issuerAndSerialNumber?.serialNumber ?? new ArrayBuffer(0);
  assert.equal(Buffer.from(named).toString('hex').toUpperCase(), serialNumber);
  const digest = signer.signedAttrs.find(({ attrType }) => attrType === id_messageDigest)?.attrValues[0];
  assert.ok(digest);
  assert.deepEqual(
    Buffer.from(AsnConvert.parse(digest, OctetString).buffer),
    createHash('sha256').update(content).digest(),
  );
  return content;
}

describe('Signatures of configuration profiles (RFC 5652)', () => {
  let folder: string;
  const authority = issue('An authority', 'rsa');
  const files = (name: string): { certificateFile: string; keyFile: string } => ({
    certificateFile: join(folder, `${name}.pem`),
    keyFile: join(folder, `${name}.key`),
  });
  async function write(
    name: string,
    { certificate, key }: Pick<Issued, 'certificate' | 'key'>,
  ): Promise<void> {
    await writeFile(files(name).certificateFile, certificate + authority.certificate);
    await writeFile(files(name).keyFile, key);
  }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-profile-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const kind of ['rsa', 'ec'] as const)
    it(`hold the profile and the certificates, with a key of the kind ${kind}`, async () => {
      const own = issue('dav.example.org', kind, authority);
      await write(kind, own);
      const content = Buffer.from('<plist/>');
      const message = await signed(content, await readSigningPair(files(kind)), Date.now());
      assert.deepEqual(opened(message, [own.certificate, authority.certificate]), content);
    });

  it('say which file is wrong', async () => {
    const own = issue('dav.example.org', 'ec', authority);
    const refused = async (name: string, sentence: RegExp): Promise<void> => {
      await assert.rejects(
        readSigningPair(files(name)),
        (error) => error instanceof ProfileSignerError && sentence.test(error.message),
      );
    };
    await refused('missing', /missing\.pem cannot be read/);
    await write('other', { certificate: own.certificate, key: issue('other', 'ec').key });
    await refused('other', /does not belong to the certificate/);
    await write('none', { certificate: '', key: own.key });
    await writeFile(files('none').certificateFile, 'text');
    await refused('none', /holds no certificate/);
    await write('locked', { certificate: own.certificate, key: 'text' });
    await refused('locked', /holds no private key/);
  });

  it('are on what a device fetches, where the server has a certificate; without it while the files are broken', async () => {
    const own = issue('dav.example.org', 'rsa', authority);
    await write('server', own);
    const { home, anna } = await livedIn({}, undefined, { profileSigner: files('server') });
    try {
      const shown = await anna.send(
        await anna.open('/app-passwords/new?device=iphone'),
        '/app-passwords/new',
        { label: 'iPhone' },
      );
      const { bytes } = await anna.post(shown, '/app-passwords/profile');
      assert.match(
        opened(bytes, [own.certificate, authority.certificate]).toString(),
        /^<\?xml[^]*CardDAVPassword/,
      );
      await rm(files('server').keyFile);
      assert.match((await anna.post(shown, '/app-passwords/profile')).body, /^<\?xml/);
      assert.ok(home.errors[0] instanceof ProfileSignerError);
    } finally {
      await home.dispose();
    }
  });
});
