/** Chromium's own authenticator in software, by the protocol of its developer tools (WebAuthn §11). */
import type { CDPSession, Page } from 'playwright-core';

export interface VirtualAuthenticator {
  /** How many passkeys it keeps. */
  count(): Promise<number>;
  /** Whether its holder gives their finger, face or PIN from now on. */
  verifies(holder: boolean): Promise<void>;
  /** Whether anybody touches it from now on. */
  isTouched(touched: boolean): Promise<void>;
  remove(): Promise<void>;
}

export interface Kind {
  /** Inside the device, or plugged in; inside unless told. */
  readonly transport?: 'internal' | 'usb';
  readonly verifies?: boolean;
}

/** Gives the page an authenticator, which its holder touches whenever it asks. */
export async function virtualAuthenticator(
  page: Page,
  { transport = 'internal', verifies = true }: Kind = {},
): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport,
      hasResidentKey: true,
      hasUserVerification: verifies,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
    },
  });
  return of(session, authenticatorId);
}

function of(session: CDPSession, authenticatorId: string): VirtualAuthenticator {
  return {
    count: async () => {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId });
      return credentials.length;
    },
    verifies: async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    isTouched: async (enabled) => {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
}
