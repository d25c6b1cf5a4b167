import {
  AppError,
  type JsonObject,
  type JsonValue,
  referredValue,
  schemaKeywords,
  schemaMapKeywords,
} from '@antiphon/contracts';

/** The schemas that a schema may have once its references are inlined. */
export const schemasMax = 5_000;

/**
 * Keywords that change what a value must look like and that Gemini and Ollama ignore. They are refused: a model that does not see them would
 * write values that do not fit.
 */
const refusedKeywords = new Set([
  ...['not', 'if', 'then', 'else', 'contains', 'patternProperties'],
  ...['dependencies', 'dependentSchemas', '$dynamicRef', '$recursiveRef'],
]);

/** Keywords that these APIs do not need: names for references, and limits on names that the model does not choose. */
const droppedKeywords = new Set([
  ...['$schema', '$id', '$anchor', '$dynamicAnchor', '$comment', '$vocabulary', '$defs', 'definitions'],
  ...['propertyNames', 'unevaluatedProperties', 'unevaluatedItems', 'additionalItems', 'nullable'],
]);

export interface SchemaForm {
  /** A schema that contains itself stays a reference into `$defs`; else it is refused. */
  keepsRecursion: boolean;
}

/**
 * A JSON Schema in the words that Gemini and Ollama read: references inlined, `oneOf` as `anyOf`, `allOf` merged and `const` as `enum`.
 * Keywords that only limit a value (`pattern`, `minLength`) are kept; the APIs ignore those that they do not know. Throws `model_refused` with the
 * path of what cannot be expressed; `path` is that of the schema.
 */
export function toInlinedSchema(schema: JsonObject, path: string, form: SchemaForm): JsonObject {
  return new SchemaTranslation(schema, form).translate(path);
}

class SchemaTranslation {
  /** The names in `$defs` of the schemas that contain themselves, by their pointers. */
  private readonly recursive = new Map<string, string>();
  private count = 0;

  constructor(
    private readonly root: JsonObject,
    private readonly form: SchemaForm,
  ) {}

  translate(path: string): JsonObject {
    const translated = this.schema(this.root, path, ['#']);
    const definitions: JsonObject = {};
    // A definition may find more of them: the map grows while it is read.
    for (const [pointer, name] of this.recursive)
      definitions[name] = this.schema(this.find(pointer, path), path, [pointer]);
    return this.recursive.size === 0 ? translated : { ...translated, $defs: definitions };
  }

  /** `within` has the pointers of the references that led here. */
  private schema(schema: JsonValue | undefined, path: string, within: readonly string[]): JsonObject {
    if (++this.count > schemasMax)
      throw refusal(path, `has more than ${schemasMax} schemas once its references are inlined`);
    if (schema === true) return {};
    if (!isObject(schema)) throw refusal(path, 'is not a schema that this provider accepts');
    const { $ref: reference, allOf, ...own } = schema;
    let translated = this.keywords(own, path, within);
    if (typeof reference === 'string') {
      const pointed = this.reference(reference, path, within);
      if ('$ref' in pointed) return pointed;
      translated = { ...pointed, ...translated };
    }
    if (!Array.isArray(allOf)) return translated;
    return allOf.reduce<JsonObject>(
      (merged, part, place) =>
        mergeSchemas(merged, this.schema(part, `${path}.allOf[${place}]`, within), path),
      translated,
    );
  }

  private reference(reference: string, path: string, within: readonly string[]): JsonObject {
    if (!within.includes(reference))
      return this.schema(this.find(reference, path), path, [...within, reference]);
    if (!this.form.keepsRecursion)
      throw refusal(path, 'contains itself, which cannot be expressed for this provider');
    const name = this.recursive.get(reference) ?? `schema_${this.recursive.size + 1}`;
    this.recursive.set(reference, name);
    return { $ref: `#/$defs/${name}` };
  }

  /** The schema that a reference names. */
  private find(reference: string, path: string): JsonValue {
    const found = referredValue(this.root, reference);
    if (found === undefined)
      throw refusal(path, `refers to ${reference.slice(0, 100)}, which is not in the schema`);
    return found;
  }

  private keywords(schema: JsonObject, path: string, within: readonly string[]): JsonObject {
    const translated: JsonObject = {};
    for (const [word, value] of Object.entries(schema)) {
      const place = `${path}.${word}`;
      if (refusedKeywords.has(word)) throw refusal(place, 'cannot be expressed for this provider');
      if (droppedKeywords.has(word)) continue;
      if (word === 'const') translated['enum'] = [value];
      else if (word === 'oneOf' || word === 'anyOf') this.addVariants(translated, value, place, within);
      else if (word === 'items' && Array.isArray(value))
        translated['prefixItems'] = this.list(value, place, within);
      // A closed tuple: its length is a limit like others.
      else if (word === 'items' && value === false) continue;
      else if (word === 'additionalProperties' && typeof value === 'boolean') translated[word] = value;
      else if (schemaMapKeywords.has(word)) translated[word] = this.map(value, place, within);
      else if (schemaKeywords.has(word) && Array.isArray(value))
        translated[word] = this.list(value, place, within);
      else if (schemaKeywords.has(word)) translated[word] = this.schema(value, place, within);
      else if (word !== 'description' || value !== '') translated[word] = value;
    }
    if (schema['nullable'] === true && typeof schema['type'] === 'string')
      translated['type'] = [schema['type'], 'null'];
    return translated;
  }

  private addVariants(
    translated: JsonObject,
    value: JsonValue,
    path: string,
    within: readonly string[],
  ): void {
    if ('anyOf' in translated)
      throw refusal(path, 'cannot be combined with another choice for this provider');
    translated['anyOf'] = this.list(value, path, within);
  }

  private list(value: JsonValue, path: string, within: readonly string[]): JsonObject[] {
    if (!Array.isArray(value)) throw refusal(path, 'must be a list of schemas');
    return value.map((schema, place) => this.schema(schema, `${path}[${place}]`, within));
  }

  private map(value: JsonValue, path: string, within: readonly string[]): JsonObject {
    if (!isObject(value)) throw refusal(path, 'must be an object of schemas');
    return Object.fromEntries(
      Object.entries(value).map(([name, schema]) => [name, this.schema(schema, `${path}.${name}`, within)]),
    );
  }
}

/** One schema for values that fit both. Refuses keywords with two values. */
function mergeSchemas(one: JsonObject, other: JsonObject, path: string): JsonObject {
  const merged: JsonObject = { ...one };
  for (const [word, value] of Object.entries(other)) {
    const before = merged[word];
    if (before === undefined) merged[word] = value;
    else if (word === 'required' && Array.isArray(before) && Array.isArray(value))
      merged[word] = [...new Set([...before, ...value])];
    else if (word === 'properties' && isObject(before) && isObject(value))
      merged[word] = mergeProperties(before, value, `${path}.properties`);
    else if (word !== 'description' && word !== 'title' && !isSame(before, value))
      throw refusal(
        `${path}.allOf`,
        `has more than one ${word}, which cannot be expressed for this provider`,
      );
  }
  return merged;
}

function mergeProperties(one: JsonObject, other: JsonObject, path: string): JsonObject {
  const merged: JsonObject = { ...one };
  for (const [name, schema] of Object.entries(other)) {
    const before = merged[name];
    merged[name] =
      isObject(before) && isObject(schema) ? mergeSchemas(before, schema, `${path}.${name}`) : schema;
  }
  return merged;
}

function isSame(one: JsonValue, other: JsonValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(path: string, complaint: string): AppError {
  return new AppError('model_refused', `${path} ${complaint}`, { param: path });
}
