/** The preconditions of RFC 6352 §6.3.2.1 that the content of a card can violate. */
export type AddressDataPrecondition = 'supported-address-data' | 'valid-address-data';

/**
 * Text that cannot be stored as an address object. The message is one sentence or two for the person whose client sent
 * it; the HTTP side answers 403 with the precondition as element in the CardDAV namespace.
 */
export class AddressDataError extends Error {
  override readonly name = 'AddressDataError';

  constructor(
    readonly precondition: AddressDataPrecondition,
    message: string,
  ) {
    super(message);
  }
}
