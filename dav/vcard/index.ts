// vCard 3.0 and 4.0 as pure functions: read, index, filter, select. RFC 2426, RFC 6350, RFC 6868; RFC 6352 §5.1, §10.4, §10.5.
export { AddressDataError, type AddressDataPrecondition } from './address-data-error.js';
export { defaultCardLimits, parseCard, type Card, type CardLimits, type CardProperty } from './card.js';
export type { CardLine } from './card-line.js';
export { celebrationsOf, type Celebration, type Celebrations } from './celebrations.js';
export { CardConversionError } from './conversion/error.js';
export { convertCard } from './conversion/index.js';
export {
  matchesCardFilter,
  type CardFilter,
  type CardParamFilter,
  type CardPropFilter,
  type TextMatch,
} from './filter.js';
export { selectAddressData, type SelectedProperty } from './project.js';
export { CARD_INDEX_VERSION, indexCard, type IndexedProperty } from './property-index.js';
export { parsePropertyName } from './property-names.js';
export {
  couldMatch,
  needsCard,
  planCardFilter,
  type CardQueryCondition,
  type CardQueryPlan,
} from './query-plan.js';
export { cardForms, cardOfForm, writeCardAs, type CardForm } from './representation.js';
export { writeCard } from './write-card.js';
export { someLines } from './some-lines.js';
