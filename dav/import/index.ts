/** Collections and objects from files, for another server's accounts and for what was exported here. */
export { Importer, ImportRefusal } from './importer.js';
export type { ImportAccount, ImportedObject, ImporterOptions, ImportOutcome } from './importer.js';
export { settingsOf } from './settings.js';
export type { CollectionSettings } from './settings.js';
export { CalendarOutline } from './calendar-outline.js';
export type { OutlinedObject } from './calendar-outline.js';
export { CardOutline } from './card-outline.js';
export { FileLines, UnreadableFileError } from './lines.js';
export type { FileLine } from './lines.js';
export { isXmlText } from '../xml/parse.js';
