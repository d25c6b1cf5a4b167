import { type JsonObject, type JsonValue, schemaKeywords, schemaMapKeywords } from '@antiphon/contracts';

/** Completes the parameters of a tool: several servers require an object schema with `properties`. */
export function toolParameters(parameters: JsonObject | null): JsonObject {
  if (parameters === null) return { type: 'object', properties: {} };
  const isTyped = ['type', '$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const'].some(
    (word) => word in parameters,
  );
  return completeSchema(isTyped ? parameters : { type: 'object', ...parameters });
}

/**
 * Adds `properties` to every object schema and removes empty descriptions, since several servers refuse schemas otherwise. Returns the same
 * object if nothing changes.
 */
export function completeSchema(schema: JsonObject): JsonObject {
  return isSchema(schema) ? complete(schema) : schema;
}

function complete(schema: JsonObject): JsonObject {
  const changes: JsonObject = {};
  for (const [word, value] of Object.entries(schema)) {
    if (schemaKeywords.has(word) && isSchema(value)) keep(changes, word, value, complete(value));
    else if (schemaKeywords.has(word) && Array.isArray(value)) keepList(changes, word, value);
    else if (schemaMapKeywords.has(word) && isSchema(value)) keepMap(changes, word, value);
  }
  const isEmptilyDescribed = schema['description'] === '';
  const isObject = schema['type'] === 'object' && !('properties' in schema) && !('$ref' in schema);
  if (Object.keys(changes).length === 0 && !isObject && !isEmptilyDescribed) return schema;
  const completed: JsonObject = { ...schema, ...(isObject && { properties: {} }), ...changes };
  if (isEmptilyDescribed) delete completed['description'];
  return completed;
}

function keep(changes: JsonObject, word: string, before: JsonValue, after: JsonValue): void {
  if (after !== before) changes[word] = after;
}

function keepList(changes: JsonObject, word: string, list: JsonValue[]): void {
  const completed = list.map((entry) => (isSchema(entry) ? complete(entry) : entry));
  if (completed.some((entry, place) => entry !== list[place])) changes[word] = completed;
}

function keepMap(changes: JsonObject, word: string, map: JsonObject): void {
  const completed: JsonObject = {};
  for (const [name, value] of Object.entries(map))
    completed[name] = isSchema(value) ? complete(value) : value;
  if (Object.keys(map).some((name) => completed[name] !== map[name])) changes[word] = completed;
}

function isSchema(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
