/** What may be asked about app passwords that devices fetch by themselves; part of `contract.ts`. */
import type { Client } from './client.js';
import type { By } from './contract.js';
import type { IssuedLink } from './contract-accounts.js';
import type { MadeAppPassword, NewAppPassword } from './contract-factors.js';
import type { Service } from './actor.js';
import type { QrCode } from './qr-code.js';

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

/** An app password for the device that asked. */
export interface DeviceAnswer extends MadeAppPassword {
  readonly userName: string;
}

/** A link that hands over an app password to whoever opens it first. */
export interface DeviceOffer extends IssuedLink {
  /** The QR code of its address. */
  readonly qr: QrCode;
}

/** What is offered, for the page that asks whether to take it. */
export interface OfferedAppPassword {
  readonly userName: string;
  readonly label: string;
  readonly services: ReadonlySet<Service>;
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
   * Makes a link, to be carried to the device as a QR code. For 15 minutes.
   * @throws AuthError as `AppPasswords.create`
   */
  offer(input: NewAppPassword, by: By): Promise<DeviceOffer>;
  /** Looking does not use the offer up; undefined when it is not there any more. */
  offered(token: string): Promise<OfferedAppPassword | undefined>;
  /**
   * Hands over an app password that is made in this moment, once; undefined while the holder has not agreed, and where it
   * cannot be made: the account has as many as it can have, or its end has passed.
   */
  collect(token: string, client: Client): Promise<DeviceAnswer | undefined>;
}
