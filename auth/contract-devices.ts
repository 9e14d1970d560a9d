/** What may be asked about devices that ask for an app password by themselves; part of `contract.ts`. */
import type { Client } from './client.js';
import type { By } from './contract.js';
import type { NewAppPassword } from './contract-factors.js';

export interface StartedDeviceLogin {
  /** For the address of the page that the device opens in a browser. */
  readonly token: string;
  /** With which the device asks whether its holder has agreed. A secret of the device's. */
  readonly pollToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Who asks, as it says of itself. */
export interface DeviceAsk {
  readonly client: string;
  readonly address: string;
  readonly expiresAt: number;
}

export interface DeviceAnswer {
  readonly userName: string;
  readonly secret: string;
}

export interface DeviceLogins {
  /** Begins; nothing is stored. For 20 minutes. */
  begin(client: Client): StartedDeviceLogin;
  /** What the page shows; undefined for a token that is not one, or too old. */
  look(token: string): DeviceAsk | undefined;
  /**
   * The holder agrees. Once; the device has ten minutes to come for it.
   * @throws AuthError link-invalid, and as `AppPasswords.create`
   */
  grant(token: string, input: NewAppPassword, by: By): Promise<void>;
  /**
   * Hands over an app password that is made in this moment, once; undefined while the holder has not agreed.
   * @throws AuthError too-many-app-passwords
   */
  collect(pollToken: string, client: Client): Promise<DeviceAnswer | undefined>;
}
