/** Brings a database up to the tables that this code knows: numbered steps, forward only, each in one transaction. */
import type { Database } from '../database.js';
import { statement } from '../statement.js';
import { initial } from './0001-initial.js';
import { cardTextTable } from './0002-card-text.js';
import { calendarRoles } from './0003-calendar-roles.js';
import { propertyBytes } from './0004-property-bytes.js';
import { birthdays } from './0005-birthdays.js';
import { locks } from './0006-locks.js';
import { homeChanges } from './0007-home-changes.js';
import { propertyChanges } from './0008-property-changes.js';
import { passkeys } from './0009-passkeys.js';
import { appPasswordScopes } from './0010-app-password-scopes.js';
import { mail } from './0011-mail.js';
import { groups } from './0012-groups.js';
import { earlierNames } from './0013-earlier-names.js';
import type { Migration } from './migration.js';

export type { Migration };

export const migrations: readonly Migration[] = [
  initial,
  cardTextTable,
  calendarRoles,
  propertyBytes,
  birthdays,
  locks,
  homeChanges,
  propertyChanges,
  passkeys,
  appPasswordScopes,
  mail,
  groups,
  earlierNames,
];

/** The database was written by a newer Latchkey, whose tables this one does not know. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';
}

const createRecord = statement()((db) =>
  db.schema
    .createTable('migration')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('applied_at', 'bigint', (column) => column.notNull()),
);
const listApplied = statement()((db) => db.selectFrom('migration').select('name').orderBy('name'));
const record = statement<{ name: string; appliedAt: number }>()((db, $) =>
  db.insertInto('migration').values({ name: $.name, applied_at: $.appliedAt }),
);

/**
 * Applies the steps that are missing and answers their names. Safe to run from several processes at once.
 * @throws NewerDatabaseError when a step was applied that this code does not have; nothing is changed then
 */
export async function migrate(
  database: Database,
  known: readonly Migration[] = migrations,
  now: () => number = Date.now,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const step of known) {
    const isNew = await database.write(async (writer) => {
      await writer.run(createRecord, {});
      const names = (await writer.all(listApplied, {})).map((row) => row.name);
      refuseUnknown(names, known);
      if (names.includes(step.name)) return false;
      for (const each of step.statements) await writer.run(each, {});
      await writer.run(record, { name: step.name, appliedAt: now() });
      return true;
    });
    if (isNew) applied.push(step.name);
  }
  return applied;
}

/**
 * Changes nothing.
 * @throws NewerDatabaseError as `migrate`
 */
export async function refuseNewer(
  database: Pick<Database, 'read'>,
  known: readonly Migration[] = migrations,
): Promise<void> {
  const applied = await database.read((reader) => reader.all(listApplied, {}));
  refuseUnknown(
    applied.map(({ name }) => name),
    known,
  );
}

function refuseUnknown(names: readonly string[], known: readonly Migration[]): void {
  const unknown = names.filter((name) => !known.some((step) => step.name === name));
  if (unknown.length === 0) return;
  throw new NewerDatabaseError(
    `The database was made by a newer version of Latchkey (it has ${unknown.join(', ')}). Start that version, or restore a backup from before the upgrade.`,
  );
}
