export { Budget, BudgetExceeded } from './budget.js';
export { Occurrences, type OccurrenceOptions } from './occurrences.js';
export {
  parseRecurrenceRule,
  supportedRscales,
  type Frequency,
  type RecurrenceRule,
  type WeekdayNumber,
} from './rule.js';
