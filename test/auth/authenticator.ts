/** An authenticator and the browser before it, in software: what they would answer to the questions of WebAuthn. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { PasskeyCreation, PasskeyRequest } from '../../auth/index.js';

/** What a test lets it do otherwise than it should. */
export interface Deviations {
  /** The page that asks. */
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  /** For which host the authenticator signs. */
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly counter?: number;
  readonly backupEligible?: boolean;
  readonly userHandle?: string | undefined;
  /** Signs something else. */
  readonly forged?: boolean;
  readonly fmt?: string;
}

interface Credential {
  readonly id: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  counter: number;
}

const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();
const encoded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** CBOR (RFC 8949) as far as authenticators need it. */
type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>;
export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([
    head(5, value.size),
    ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)]),
  ]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
}

/** The public key as COSE writes it (RFC 9053): ES256. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  );
}

export class Authenticator {
  readonly credentials: Credential[] = [];

  constructor(
    private readonly origin = 'https://dav.example.org',
    /** Counts its uses; most passkeys do not. */
    private readonly counts = true,
  ) {}

  /** `navigator.credentials.create`, as the page sends its answer on. */
  create(options: PasskeyCreation, deviations: Deviations = {}): string {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const id = randomBytes(32);
    const credential = { id: encoded(id), userHandle: options.user.id, privateKey, counter: 0 };
    this.credentials.push(credential);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]);
    const rpId = options.rp.id ?? '';
    const authData = Buffer.concat([this.data(credential, rpId, 0x40, deviations), attested]);
    const attestation = new Map<string, Cbor>([
      ['fmt', deviations.fmt ?? 'none'],
      ['attStmt', new Map(deviations.fmt === undefined ? [] : [['x5c', 'https://attacker.example']])],
      ['authData', authData],
    ]);
    return JSON.stringify({
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: encoded(this.clientData('webauthn.create', options.challenge, deviations)),
        attestationObject: encoded(cbor(attestation)),
        transports: ['internal', 'hybrid'],
      },
    });
  }

  /** `navigator.credentials.get`, with the newest credential unless told. */
  get(options: PasskeyRequest, deviations: Deviations = {}, credential = this.credentials.at(-1)): string {
    if (credential === undefined) throw new Error('The authenticator holds nothing');
    const authData = this.data(credential, options.rpId ?? '', 0, deviations);
    const clientData = this.clientData('webauthn.get', options.challenge, deviations);
    const signed = Buffer.concat([authData, sha256(clientData)]);
    const signature = sign(
      'sha256',
      deviations.forged === true ? sha256(signed) : signed,
      credential.privateKey,
    );
    return JSON.stringify({
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: encoded(clientData),
        authenticatorData: encoded(authData),
        signature: encoded(signature),
        userHandle: 'userHandle' in deviations ? deviations.userHandle : credential.userHandle,
      },
    });
  }

  private data(credential: Credential, rpId: string, more: number, deviations: Deviations): Buffer {
    const { userPresent = true, userVerified = true, backupEligible = false } = deviations;
    if (this.counts) credential.counter += 1;
    const flags = (userPresent ? 0x01 : 0) | (userVerified ? 0x04 : 0) | (backupEligible ? 0x08 : 0) | more;
    const rest = Buffer.alloc(5);
    rest.writeUInt8(flags);
    rest.writeUInt32BE(deviations.counter ?? credential.counter, 1);
    return Buffer.concat([sha256(deviations.rpId ?? rpId), rest]);
  }

  private clientData(type: string, challenge: string, deviations: Deviations): Buffer {
    const { origin = this.origin, crossOrigin = false } = deviations;
    return Buffer.from(
      JSON.stringify({
        type: deviations.type ?? type,
        challenge: deviations.challenge ?? challenge,
        origin,
        crossOrigin,
      }),
    );
  }
}
