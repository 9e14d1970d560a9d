export { AddressDataError, type AddressDataPrecondition } from './address-data-error.js';
export { defaultCardLimits, parseCard, type Card, type CardLimits, type CardProperty } from './card.js';
