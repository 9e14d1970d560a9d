/** A card that cannot be given in the form that is asked for (RFC 6352 §5.1.1). The message is a sentence. */
export class CardConversionError extends Error {
  override readonly name = 'CardConversionError';
}
