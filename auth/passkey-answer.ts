/** What browsers answer about passkeys, read and verified (WebAuthn §7.1, §7.2). */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { PasskeyRow } from '../storage/passkeys.js';
import { openChallenge, type Asked, type OpenedChallenge } from './passkey-challenge.js';
import type { Parts } from './parts.js';

/** What every current authenticator speaks (COSE): ES256, and RS256 for older Windows. */
export const algorithms = [-7, -257] as const;
const maxAnswer = 16 * 1024;
const maxPublicKey = 1024;

const base64url = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[A-Za-z0-9_-]+$/);
/** Up to 1,023 bytes (WebAuthn §4, credential ID). */
const credentialId = base64url(1364);
const clientData = base64url(4096);
const transport = z.string().regex(/^[a-z-]{1,20}$/);

const creationSchema = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: clientData,
    attestationObject: base64url(maxAnswer),
    transports: z.array(transport).max(10).default([]),
  }),
});
const assertionSchema = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: clientData,
    authenticatorData: base64url(4096),
    signature: base64url(4096),
    userHandle: base64url(128).nullish(),
  }),
});
/** Only what the library does not look at. */
const clientDataSchema = z.object({ challenge: z.string().max(200), crossOrigin: z.boolean().optional() });

export type Assertion = z.infer<typeof assertionSchema>;

/** A credential that an authenticator has made. */
export interface Created extends Pick<
  PasskeyRow,
  'credentialId' | 'publicKey' | 'counter' | 'transports' | 'userVerified' | 'backupEligible' | 'backedUp'
> {
  readonly challenge: OpenedChallenge;
}

/** A use of a passkey that its authenticator has signed. */
export interface Asserted extends Pick<PasskeyRow, 'counter' | 'backedUp'> {
  readonly challenge: OpenedChallenge;
}

/** 25 MB: loaded when somebody first uses a passkey. */
const library = () => import('@simplewebauthn/server');
const libraryHelpers = () => import('@simplewebauthn/server/helpers');

/** The answer to a question for a use, if it has the form of one. */
export const readAssertion = (answer: string): Assertion | undefined => read(assertionSchema, answer);

function read<Schema extends z.ZodType>(schema: Schema, answer: string): z.output<Schema> | undefined {
  if (answer.length > maxAnswer) return undefined;
  try {
    return schema.safeParse(JSON.parse(answer)).data;
  } catch {
    return undefined;
  }
}

/** Who is asked, at our address: the challenge is ours and fresh, and the page stood in no other site's frame. */
function openClientData(parts: Parts, asked: Asked, encoded: string) {
  const said = read(clientDataSchema, Buffer.from(encoded, 'base64url').toString());
  if (said === undefined || said.crossOrigin === true) return undefined;
  const challenge = openChallenge(parts, asked, said.challenge);
  return challenge && { challenge, expectedChallenge: said.challenge };
}

const expectedOf = ({ baseUrl }: Parts) => ({
  expectedOrigin: baseUrl.origin,
  expectedRPID: baseUrl.hostname,
});

/** Whatever a hostile answer makes the library throw is a refusal. */
async function orNothing<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}

type Helpers = Awaited<ReturnType<typeof libraryHelpers>>;

/** The same credential as an authenticator gives it that says nothing of its maker (WebAuthn §8.7). */
function unattested({ isoCBOR, decodeAttestationObject }: Helpers, attestationObject: string): string {
  const sent = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const plain = new Map<string, string | Uint8Array | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map<string, string>()],
    ['authData', sent.get('authData')],
  ]);
  return Buffer.from(isoCBOR.encode(plain)).toString('base64url');
}

/**
 * Verifies a new credential. What its maker says of it (the attestation) was not asked for and is not looked at: no
 * certificate is read, nothing is fetched.
 */
export async function verifyCreation(
  parts: Parts,
  asked: Asked,
  answer: string,
): Promise<Created | undefined> {
  const given = read(creationSchema, answer);
  const opened = given && openClientData(parts, asked, given.response.clientDataJSON);
  if (given === undefined || opened === undefined) return undefined;
  const [{ verifyRegistrationResponse }, helpers] = await Promise.all([library(), libraryHelpers()]);
  return orNothing(async () => {
    const attestationObject = unattested(helpers, given.response.attestationObject);
    const response: RegistrationResponseJSON = {
      ...given,
      response: { ...given.response, attestationObject },
      clientExtensionResults: {},
    };
    const { expectedChallenge } = opened;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge,
      ...expectedOf(parts),
      requireUserVerification: false,
      supportedAlgorithmIDs: [...algorithms],
    });
    if (!verified || registrationInfo.credential.id !== given.id) return undefined;
    const { credential, userVerified, credentialDeviceType, credentialBackedUp } = registrationInfo;
    if (credential.publicKey.length > maxPublicKey) return undefined;
    return {
      credentialId: credential.id,
      publicKey: credential.publicKey,
      counter: credential.counter,
      transports: given.response.transports.join(','),
      userVerified: userVerified ? 1 : 0,
      backupEligible: credentialDeviceType === 'multiDevice' ? 1 : 0,
      backedUp: credentialBackedUp ? 1 : 0,
      challenge: opened.challenge,
    };
  });
}

/**
 * Verifies a use of `passkey`. `verifiesUser`: the authenticator must have verified its holder, by PIN, finger or face; that it
 * was asked to is not enough. Whether the count has risen is for whoever keeps it (`countPasskey`).
 */
export async function verifyAssertion(
  parts: Parts,
  asked: Asked,
  given: Assertion,
  passkey: PasskeyRow,
  { verifiesUser }: { readonly verifiesUser: boolean },
): Promise<Asserted | undefined> {
  const opened = openClientData(parts, asked, given.response.clientDataJSON);
  if (opened === undefined) return undefined;
  const { verifyAuthenticationResponse } = await library();
  return orNothing(async () => {
    const { clientDataJSON, authenticatorData, signature } = given.response;
    const response: AuthenticationResponseJSON = {
      ...given,
      response: { clientDataJSON, authenticatorData, signature },
      clientExtensionResults: {},
    };
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: opened.expectedChallenge,
      ...expectedOf(parts),
      requireUserVerification: verifiesUser,
      // The count is compared where it is kept, in one statement.
      credential: { id: passkey.credentialId, publicKey: new Uint8Array(passkey.publicKey), counter: 0 },
    });
    const { newCounter, credentialDeviceType, credentialBackedUp } = authenticationInfo;
    const eligible = credentialDeviceType === 'multiDevice' ? 1 : 0;
    if (!verified || eligible !== passkey.backupEligible) return undefined;
    return { counter: newCounter, backedUp: credentialBackedUp ? 1 : 0, challenge: opened.challenge };
  });
}
