import {
  AppError,
  type JsonObject,
  type JsonValue,
  referredValue,
  schemaKeywords,
  schemaMapKeywords,
} from '@antiphon/contracts';

/** The limits of a schema: characters as JSON, nesting, subschemas and properties in all. */
export const schemaBounds = {
  charactersMax: 64 * 1024,
  depthMax: 32,
  subschemasMax: 4_000,
  propertiesMax: 1_000,
  /** The length of an array with `uniqueItems`: comparing its items costs the square of it. */
  uniqueItemsMax: 1_000,
};

/** The keyword that each subschema of a bounded schema gets, so that a check can count its steps. */
export const stepKeyword = 'x-antiphon-step';

/** Keywords that refer to a schema by a name instead of a path, or to a schema elsewhere. */
const refusedKeywords = [
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
  '$async',
];

/**
 * A copy of a schema that is safe to compile and to run: of bounded size, with references to its own subschemas only, every subschema
 * marked by `stepKeyword`. `characters` is its length as JSON. Throws `invalid_request` with the exceeded limit.
 */
export function boundSchema(schema: JsonObject, characters: number, name: string): JsonObject {
  const refuse = (complaint: string): never => {
    throw new AppError('invalid_request', `${name} ${complaint}`, { param: name });
  };
  if (characters > schemaBounds.charactersMax)
    refuse(`must be at most ${schemaBounds.charactersMax} characters as JSON, got ${characters}`);

  const subschemas = new Set<JsonValue>();
  const references = new Set<string>();
  let propertyCount = 0;

  const copySchema = (value: JsonValue, depth: number): JsonValue => {
    if (typeof value === 'boolean') return value;
    if (!isObject(value))
      return refuse('has something in the place of a schema that is no object and no boolean');
    if (depth > schemaBounds.depthMax) refuse(`must be nested at most ${schemaBounds.depthMax} schemas deep`);
    subschemas.add(value);
    if (subschemas.size > schemaBounds.subschemasMax)
      refuse(`must have at most ${schemaBounds.subschemasMax} schemas in it`);
    const refused = refusedKeywords.find((keyword) => keyword in value);
    if (refused) refuse(`uses ${refused}, which is not supported: use $ref with a place in the same schema`);
    const copy = Object.fromEntries(
      Object.entries(value).flatMap(([keyword, entry]) => {
        if (keyword === '$id' || keyword === 'id') {
          if (keyword === '$id' && depth > 0) refuse('has an $id within, which is not supported');
          return [];
        }
        return [[keyword, copyKeyword(keyword, entry, depth)]];
      }),
    );
    if (copy.uniqueItems === true)
      copy.maxItems = Math.min(Number(copy.maxItems ?? Infinity), schemaBounds.uniqueItemsMax);
    copy[stepKeyword] = true;
    return copy;
  };

  const copyKeyword = (keyword: string, value: JsonValue, depth: number): JsonValue => {
    if (keyword === '$ref' && typeof value === 'string') references.add(value);
    if (schemaKeywords.has(keyword)) {
      return Array.isArray(value)
        ? value.map((entry) => copySchema(entry, depth + 1))
        : copySchema(value, depth + 1);
    }
    if (schemaMapKeywords.has(keyword) && isObject(value)) {
      if (keyword === 'properties') propertyCount += Object.keys(value).length;
      if (propertyCount > schemaBounds.propertiesMax)
        refuse(`must have at most ${schemaBounds.propertiesMax} properties`);
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [
          key,
          keyword === 'dependencies' && Array.isArray(entry) ? entry : copySchema(entry, depth + 1),
        ]),
      );
    }
    return value;
  };

  const copy = copySchema(schema, 0);
  for (const reference of references) {
    const target = referredValue(schema, reference);
    if (typeof target !== 'boolean' && (target === undefined || !subschemas.has(target)))
      refuse(`refers to ${reference.slice(0, 100)}, which is no schema within it`);
  }
  return copy as JsonObject; // the copy of an object is one
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
