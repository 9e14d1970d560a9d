export {
  foldText,
  matchesFolded,
  matchesText,
  resolveCollation,
  supportedCollations,
  type Collation,
  type MatchType,
} from './collation.js';
