/** iCalendar (RFC 5545) for CalDAV (RFC 4791) as pure functions: reading, indexing, matching. No HTTP, no storage. */
export { type CalendarComponent, type ComponentType } from './calendar-component.js';
export {
  INDEX_VERSION,
  indexCalendarObject,
  maxSpans,
  type CalendarIndex,
  type IndexOptions,
} from './calendar-index.js';
export {
  BusyTime,
  busyTimeOf,
  TooMuchBusyTime,
  type BusyTimeOfObject,
  type BusyTimeOfObjectOptions,
  type BusyTimeOptions,
} from './busy-time.js';
export { freeBusyCalendar, PRODUCT_ID, type FreeBusy } from './free-busy.js';
export type { BusyPeriod, BusyType } from './periods.js';
export { instancesOf } from './instances.js';
export type { Instance } from './recurrence-set.js';
export { BudgetExceeded } from './recurrence/index.js';
export { classifyCompFilter, type FilterClass } from './classify.js';
export {
  matchesCompFilter,
  type CompFilter,
  type ParamFilter,
  type PropFilter,
  type TextMatch,
} from './filter.js';
export { calendarTextOf, parseCalendarObject, type CalendarObject } from './calendar-object.js';
export type { Component, Parameter, Property } from './content-lines.js';
export { CalendarDataError, ExpansionError, type CalendarPrecondition } from './errors.js';
export { MergedCalendar } from './merged-calendar.js';
export { earliestDateTime, latestDateTime } from './date-limits.js';
export { formatUtc } from './utc-values.js';
export { defaultCalendarLimits, type CalendarLimits } from './limits.js';
export { projectCalendarData, type CalendarProjection, type ProjectionOptions } from './project.js';
export { checkAlarms, readAvailability, unsupportedRscale } from './property-values.js';
export type { CompSelection } from './selection.js';
export { matchesTimeRange, type BoundedRange, type TimeRange, type TimeRangeOptions } from './time-range.js';
export { openEnd, openStart, type Span } from './timing.js';
export { supportedRscales } from './recurrence/index.js';
export { withTimezones, type TimezonesWanted } from './timezones-by-reference.js';
export {
  changesOf,
  isDaylightAt,
  isIanaZone,
  isKnownZone,
  loadZoneData,
  offsetAt,
  resolveZone,
  tzidOfVtimezone,
  vtimezoneStart,
  vtimezoneText,
  VTIMEZONE_VERSION,
  zoneOfVtimezone,
  type Zone,
} from './zones/index.js';
