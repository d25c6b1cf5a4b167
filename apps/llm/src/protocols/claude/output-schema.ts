import { type JsonObject, type JsonValue, referredValue } from '@antiphon/contracts';
import { schemasMax } from '../requests/inlined-schema.ts';

/**
 * Optional properties in all of a schema. The API allows 24, but it fails to compile schemas from 13 on
 * (measured by `@ai-sdk/anthropic`).
 */
const optionalPropertiesMax = 12;

/** Nested schemas: a schema that is deeper refers to itself, or is of no use. */
const depthMax = 32;

const formats = new Set([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'],
]);

/** Rules that the API refuses in a schema. The model reads them in the description, and the caller's schema is checked on the answer. */
const describedKeywords = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minProperties', 'maxProperties'],
];

/** Keywords that a constrained answer cannot keep. */
const unknownKeywords = [
  ...['patternProperties', 'dependentSchemas', 'dependentRequired', 'propertyNames', 'unevaluatedProperties'],
  ...['unevaluatedItems', 'contains', 'prefixItems', 'additionalItems', 'not', 'if', 'then', 'else'],
  ...['$dynamicRef', '$anchor', '$id'],
];

const keptKeywords = ['type', 'title', 'description', 'enum', 'const', 'default', 'required'];

/**
 * A schema in the subset of structured outputs: every object is closed, and rules that the API does not know become a part of the
 * description. Null where the subset cannot express it: recursion, objects with free keys, too many optional properties, too many schemas.
 */
export function toOutputSchema(schema: JsonObject): JsonObject | null {
  const reader = new SchemaReader(schema);
  const closed = reader.close(schema, 0);
  return reader.isLost ? null : closed;
}

/** The parameters of a strict tool in the same subset; null where they do not fit. */
export function toStrictSchema(parameters: JsonObject | null): JsonObject | null {
  const schema = parameters === null ? null : toOutputSchema(parameters);
  return schema?.['type'] === 'object' && !('anyOf' in schema) && !('allOf' in schema) ? schema : null;
}

class SchemaReader {
  /** Whether a part of the schema cannot be expressed. */
  isLost = false;
  private optionalProperties = 0;
  /** Once references are inlined: a few of them grow into any number. */
  private schemas = 0;
  /** The references that are being followed. */
  private readonly followed: string[] = [];

  constructor(private readonly root: JsonObject) {}

  close(schema: JsonObject, depth: number): JsonObject {
    if (this.isLost || ++this.schemas > schemasMax || depth > depthMax) return this.lose();
    if (unknownKeywords.some((word) => word in schema)) return this.lose();
    if (schema['$ref'] !== undefined) return this.inline(schema, depth);
    const closed: JsonObject = {};
    for (const word of keptKeywords) if (schema[word] !== undefined) closed[word] = schema[word];
    const { anyOf, oneOf, allOf, items, format } = schema;
    const choices = anyOf ?? oneOf;
    if (choices !== undefined) closed['anyOf'] = this.closeList(choices, depth);
    if (allOf !== undefined) closed['allOf'] = this.closeList(allOf, depth);
    if (items !== undefined) closed['items'] = this.closeValue(items, depth);
    if (isObjectSchema(schema)) this.closeObject(schema, closed, depth);
    if (typeof format === 'string' && formats.has(format)) closed['format'] = format;
    const rules = rulesOf(schema);
    if (rules !== '') {
      const { description } = schema;
      closed['description'] =
        typeof description === 'string' && description !== '' ? `${description}\n${rules}` : rules;
    }
    return closed;
  }

  private closeObject(schema: JsonObject, closed: JsonObject, depth: number): void {
    const { properties, additionalProperties, required } = schema;
    const isOpen = additionalProperties !== undefined && additionalProperties !== false;
    if (isOpen || (!isSchema(properties) && additionalProperties !== false)) this.isLost = true;
    const named = isSchema(properties) ? properties : {};
    const isRequired = new Set(Array.isArray(required) ? required : []);
    this.optionalProperties += Object.keys(named).filter((name) => !isRequired.has(name)).length;
    if (this.optionalProperties > optionalPropertiesMax) this.isLost = true;
    closed['properties'] = Object.fromEntries(
      Object.entries(named).map(([name, value]) => [name, this.closeValue(value, depth)]),
    );
    closed['additionalProperties'] = false;
  }

  /** References are inlined, so that each use counts and recursion shows. */
  private inline(schema: JsonObject, depth: number): JsonObject {
    const reference = schema['$ref'];
    const target = typeof reference === 'string' ? schemaAt(this.root, reference) : undefined;
    if (typeof reference !== 'string' || target === undefined || this.followed.includes(reference))
      return this.lose();
    const { $ref: _reference, $defs: _defs, definitions: _definitions, ...beside } = schema;
    this.followed.push(reference);
    const closed = this.close({ ...target, ...beside }, depth + 1);
    this.followed.pop();
    return closed;
  }

  private closeList(list: JsonValue, depth: number): JsonValue[] {
    if (!Array.isArray(list)) return [this.lose()];
    return list.map((entry) => this.closeValue(entry, depth));
  }

  private closeValue(value: JsonValue, depth: number): JsonObject {
    return isSchema(value) ? this.close(value, depth + 1) : this.lose();
  }

  private lose(): JsonObject {
    this.isLost = true;
    return {};
  }
}

/** The schema that a reference within a document refers to: `#/$defs/City`. */
export function schemaAt(root: JsonObject, reference: string): JsonObject | undefined {
  const value = referredValue(root, reference);
  return isSchema(value) ? value : undefined;
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || properties !== undefined;
}

function rulesOf(schema: JsonObject): string {
  const rules = describedKeywords.flatMap((word) =>
    schema[word] === undefined ? [] : [`${word}: ${JSON.stringify(schema[word])}`],
  );
  const { format } = schema;
  if (typeof format === 'string' && !formats.has(format)) rules.push(`format: ${format}`);
  return rules.length === 0 ? '' : `(${rules.join(', ')})`;
}

export function isSchema(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
