/**
 * What is known of a calendar or address book beside its objects, as a JSON file of an archive, so that `latchkey import`
 * makes the same one again.
 */
import { z } from 'zod';
import { isXmlText, settingsOf } from '../../dav/index.js';
import type { CollectionSettings } from '../../dav/index.js';
import {
  collectionResource,
  listDeadProperties,
  listDeadPropertiesOfMembers,
  pageEntries,
} from '../../storage/index.js';
import type { Collection, Database, MemberDeadProperty, ObjectEntry, ObjectId } from '../../storage/index.js';

const FORMAT = 1;
const PAGE = 500;

interface Described {
  /** The server makes it itself. */
  readonly isMade: boolean;
  /** All objects stand in the folder one by one. */
  readonly complete: boolean;
  /** Files of the folder whose object has another name. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** The file, piece by piece. */
export async function* describeCollection(
  database: Database,
  collection: Collection,
  { isMade, complete, renamed }: Described,
): AsyncGenerator<string> {
  const { accountId, id, kind, name, objectCount } = collection;
  const properties = await database.read((reader) =>
    listDeadProperties(reader, accountId, collectionResource(id)),
  );
  const head = {
    format: FORMAT,
    kind,
    address: name,
    ...settingsOf(
      collection,
      properties.map(({ xml }) => xml),
    ),
    madeByServer: isMade,
    objects: objectCount,
    complete,
    names: Object.fromEntries(renamed),
  };
  const text = JSON.stringify(head, undefined, 2);
  yield `${text.slice(0, text.lastIndexOf('\n'))},\n  "propertiesOfObjects": {`;
  let separator = '\n';
  for await (const [object, xml] of propertiesOfObjects(database, collection)) {
    yield `${separator}    ${JSON.stringify(object)}: ${JSON.stringify(xml)}`;
    separator = ',\n';
  }
  yield `${separator === '\n' ? '' : '\n  '}}\n}\n`;
}

/** The names of objects that have dead properties, with those. */
async function* propertiesOfObjects(
  database: Database,
  collection: Collection,
): AsyncGenerator<readonly [string, readonly string[]]> {
  let after: ObjectId | 0 = 0;
  for (;;) {
    const page = await pageOfProperties(database, collection, after);
    for (const { id, name } of page.entries) {
      const own = page.rows.filter(({ objectId }) => objectId === id);
      if (own.length > 0) yield [name, own.map(({ xml }) => xml)];
    }
    const last = page.entries.at(-1);
    if (last === undefined || page.entries.length < PAGE) return;
    after = last.id;
  }
}

interface PageOfProperties {
  readonly entries: readonly ObjectEntry[];
  readonly rows: readonly MemberDeadProperty[];
}

function pageOfProperties(
  database: Database,
  collection: Collection,
  after: ObjectId | 0,
): Promise<PageOfProperties> {
  return database.read(async (reader) => {
    const entries = await pageEntries(reader, collection, after, PAGE);
    const last = entries.at(-1);
    if (last === undefined) return { entries, rows: [] };
    return { entries, rows: await listDeadPropertiesOfMembers(reader, collection, after, last.id) };
  });
}

/** What a property can be. */
const text = z.string().refine(isXmlText);
const file = z.object({
  format: z.literal(FORMAT),
  kind: z.enum(['calendar', 'addressbook']),
  address: text,
  displayName: text.nullable(),
  description: text.nullable(),
  descriptionLanguage: text.nullable(),
  color: text.nullable(),
  order: text.nullable(),
  components: z.array(text).nullable(),
  timeZone: text.nullable(),
  calendarTimezone: text.nullable(),
  transparent: z.boolean(),
  subscribedTo: text.nullable(),
  otherProperties: z.array(text),
  madeByServer: z.boolean(),
  complete: z.boolean(),
  names: z.record(z.string(), z.string()),
  propertiesOfObjects: z.record(z.string(), z.array(text)),
});

export interface CollectionFile {
  readonly kind: Collection['kind'];
  readonly address: string;
  readonly settings: CollectionSettings;
  readonly madeByServer: boolean;
  readonly complete: boolean;
  /** The names of objects by their files, where they differ. */
  readonly names: ReadonlyMap<string, string>;
  readonly propertiesOfObjects: ReadonlyMap<string, readonly string[]>;
}

/** Reads it again; undefined where it is something else, or damaged. */
export function readCollectionFile(written: string): CollectionFile | undefined {
  const parsed = file.safeParse(asJson(written));
  if (!parsed.success) return undefined;
  const { kind, address, madeByServer, complete, names, propertiesOfObjects, ...settings } = parsed.data;
  return {
    kind,
    address,
    settings,
    madeByServer,
    complete,
    names: new Map(Object.entries(names)),
    propertiesOfObjects: new Map(Object.entries(propertiesOfObjects)),
  };
}

function asJson(written: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch {
    return undefined;
  }
}
