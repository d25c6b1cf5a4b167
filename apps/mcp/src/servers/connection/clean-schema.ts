import { JsonObject, type JsonValue } from '@antiphon/contracts';
import { cleanText } from './clean-text.ts';

const depthMax = 32;

/** The reason why a tool's schema is refused. */
export class UnusableSchema extends Error {
  override readonly name = 'UnusableSchema';
}

/** The keywords with text for humans and models. */
const prose = new Set(['description', 'title']);

/**
 * The schema of a tool's arguments for models: a JSON Schema of an object without references to other documents, its prose cleaned. A tool
 * without a schema takes no arguments; a schema without `type` or `properties` gets them, since providers refuse it otherwise. Throws
 * UnusableSchema.
 */
export function cleanSchema(schema: unknown, charactersMax: number): JsonObject {
  const { success, data } = JsonObject.safeParse(schema ?? {});
  if (!success) throw new UnusableSchema('its schema is not a JSON Schema of an object');
  const { $schema: _dialect, type = 'object', properties = {}, ...rest } = data;
  if (type !== 'object' || !JsonObject.safeParse(properties).success || !isTextList(rest.required ?? []))
    throw new UnusableSchema('its schema is not a JSON Schema of an object');
  const whole = { type, properties, ...rest };
  return JsonObject.parse(clean(whole, { depth: 0, isProse: false, charactersMax }));
}

interface Place {
  depth: number;
  /** Whether texts here are prose, and not values that the tool compares. */
  isProse: boolean;
  charactersMax: number;
}

function clean(value: JsonValue, place: Place): JsonValue {
  if (place.depth > depthMax) throw new UnusableSchema(`its schema is nested deeper than ${depthMax} levels`);
  if (typeof value === 'string')
    return place.isProse ? cleanText(value, place.charactersMax) : value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  const depth = place.depth + 1;
  if (Array.isArray(value)) return value.map((entry) => clean(entry, { ...place, depth, isProse: false }));
  const entries: [string, JsonValue][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (key === '$comment' && typeof entry === 'string') continue;
    if (/ref$/i.test(key) && typeof entry === 'string' && key.startsWith('$') && !entry.startsWith('#'))
      throw new UnusableSchema('its schema refers to another document');
    if (key === '__proto__' || /\p{C}/u.test(key))
      throw new UnusableSchema('its schema has a key that cannot be shown');
    entries.push([key, clean(entry, { ...place, depth, isProse: prose.has(key) })]);
  }
  return Object.fromEntries(entries);
}

function isTextList(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
