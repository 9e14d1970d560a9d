/** iCalendar in its other notations: as JSON and as XML. */
export { fromJcal, toJcal } from './jcal.js';
export { fromXcal, toXcal } from './xcal.js';
