/**
 * Setting and removing properties: what PROPPATCH (RFC 4918 §9.2), extended MKCOL (RFC 5689 §3) and MKCALENDAR
 * (RFC 4791 §5.3.1) have in common. All of the instructions happen or none.
 */
import type { CollectionProperties } from '../../storage/index.js';
import { badRequest, DavError, errorContent } from '../http/errors.js';
import { propstat } from '../http/propstat.js';
import { isProtected, keptProperty, propertiesOf } from '../registry.js';
import type { ResourceKind } from '../resources/resource.js';
import type { XmlElement } from '../xml/element.js';
import { children, childrenNamed } from '../xml/element.js';
import { dav, name } from '../xml/names.js';
import type { Name } from '../xml/names.js';
import { element, serialize, XML_NAMESPACE } from '../xml/write.js';

/** Set a property, or remove it where there is no value. */
export interface Instruction {
  readonly name: Name;
  readonly value: XmlElement | undefined;
}

export interface PropertyUpdate {
  /** What changes of the collection itself. */
  readonly changes: Partial<CollectionProperties>;
  /** Dead properties: written elements, or undefined to remove. */
  readonly dead: ReadonlyMap<Name, string | undefined>;
  /** Every property named, with the refusal of those that cannot be. */
  readonly outcomes: ReadonlyMap<Name, DavError | undefined>;
  /** Whether a refusal stands, so that nothing may happen. */
  readonly refused: boolean;
}

/** In one request: they are carried out in one unit of work, during which nobody else's is. */
const MAX_INSTRUCTIONS = 1000;

/**
 * The instructions of DAV:propertyupdate, DAV:mkcol or CALDAV:mkcalendar, in document order.
 * @throws DavError 400 for too many
 */
export function readInstructions(body: XmlElement): Instruction[] {
  const instructions = instructionsIn(body);
  if (instructions.length <= MAX_INSTRUCTIONS) return instructions;
  throw badRequest(`One request may set or remove at most ${MAX_INSTRUCTIONS} properties.`);
}

function instructionsIn(body: XmlElement): Instruction[] {
  return children(body).flatMap((part) => {
    if (part.name !== dav('set') && part.name !== dav('remove')) return [];
    return childrenNamed(part, dav('prop')).flatMap((prop) => {
      const language = languageOf(prop) ?? languageOf(part) ?? languageOf(body);
      return children(prop).map((value) => ({
        name: value.name,
        value: part.name === dav('set') ? inLanguage(value, language) : undefined,
      }));
    });
  });
}

const languageKey = name(XML_NAMESPACE, 'lang');
const languageOf = (element: XmlElement): string | undefined => element.attributes.get(languageKey);

/** RFC 4918 §4.3: the language in scope belongs to the value, wherever it was declared. */
function inLanguage(value: XmlElement, language: string | undefined): XmlElement {
  if (language === undefined || languageOf(value) !== undefined) return value;
  return { ...value, attributes: new Map([...value.attributes, [languageKey, language]]) };
}

/** What the instructions would do to a resource of that kind; refusals are values here, so that all are reported. */
export function planUpdate(
  instructions: readonly Instruction[],
  kind: ResourceKind,
  existing: boolean,
): PropertyUpdate {
  let changes: Partial<CollectionProperties> = {};
  const dead = new Map<Name, string | undefined>();
  const outcomes = new Map<Name, DavError | undefined>();
  for (const { name: wanted, value } of instructions) {
    try {
      const property = propertiesOf(kind).get(wanted);
      if ((kind === 'calendar' || kind === 'addressbook') && property?.set !== undefined) {
        changes = { ...changes, ...property.set(value, { kind, existing }) };
      } else if (property !== undefined || isProtected(wanted)) {
        throw protectedProperty();
      } else {
        if (value !== undefined) keptProperty(wanted)?.check(value);
        dead.set(wanted, value === undefined ? undefined : serialize(value));
      }
      if (!outcomes.has(wanted)) outcomes.set(wanted, undefined);
    } catch (error) {
      if (!(error instanceof DavError)) throw error;
      outcomes.set(wanted, error);
    }
  }
  return {
    changes,
    dead,
    outcomes,
    refused: [...outcomes.values()].some((refusal) => refusal !== undefined),
  };
}

/** The update with more refusals, of properties that were not refused already. */
export function withRefusals(update: PropertyUpdate, refusals: ReadonlyMap<Name, DavError>): PropertyUpdate {
  if (refusals.size === 0) return update;
  const outcomes = new Map(
    [...update.outcomes].map(([each, refusal]) => [each, refusal ?? refusals.get(each)]),
  );
  return { ...update, outcomes, refused: true };
}

const protectedProperty = (): DavError =>
  new DavError(403, 'This property is kept by the server and cannot be set.', {
    precondition: dav('cannot-modify-protected-property'),
  });

/** The propstats that answer an update: 200 for all, or each refusal with its reason and 424 for the rest. */
export function updatePropstats(update: PropertyUpdate): string {
  const { outcomes } = update;
  if (!update.refused) return propstat([...outcomes.keys()].map((each) => element(each, '')).join(''), 200);
  let written = '';
  let dependent = '';
  for (const [refused, refusal] of outcomes) {
    if (refusal === undefined) dependent += element(refused, '');
    else written += propstat(element(refused, ''), refusal.status, errorContent(refusal));
  }
  return dependent === '' ? written : written + propstat(dependent, 424);
}

/** The resource types that a creation asks for (RFC 5689 §5.1); undefined where it names none. */
export function requestedTypes(instructions: readonly Instruction[]): readonly Name[] | undefined {
  const found = instructions.find((each) => each.name === dav('resourcetype'))?.value;
  return found === undefined ? undefined : children(found).map((type) => type.name);
}
