/** The part of JSON Schema that forms read. */
export interface Schema {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: unknown;
  [keyword: string]: unknown;
}

export interface SchemaField {
  name: string;
  schema: Schema;
  isRequired: boolean;
}

export type Control =
  | { kind: 'text' }
  | { kind: 'number'; step: number | 'any' }
  | { kind: 'choice'; options: unknown[] }
  | { kind: 'json' };

/** Keywords that make more of an object than the list of its properties. */
const combining = ['$ref', 'oneOf', 'anyOf', 'allOf', 'not', 'if', 'patternProperties', 'propertyNames'];

/** The fields of an object's schema, the required ones first; null where a list of fields cannot show it. */
export function fieldsOf(schema: Schema): SchemaField[] | null {
  const { type = 'object', properties, required = [], additionalProperties: others } = schema;
  if (type !== 'object' || !properties || combining.some((keyword) => keyword in schema)) return null;
  if (typeof others === 'object' && others !== null) return null;
  const fields = Object.entries(properties).map(([name, field]) => ({
    name,
    schema: field,
    isRequired: required.includes(name),
  }));
  return fields.toSorted((left, right) => Number(right.isRequired) - Number(left.isRequired));
}

/** How a field is edited. A field without a type takes text. */
export function controlOf(schema: Schema): Control {
  if (combining.some((keyword) => keyword in schema)) return { kind: 'json' };
  if (schema.enum)
    return schema.enum.every(isPlain) ? { kind: 'choice', options: schema.enum } : { kind: 'json' };
  switch (schema.type) {
    case undefined:
    case 'string':
      return { kind: 'text' };
    case 'integer':
      return { kind: 'number', step: 1 };
    case 'number':
      return { kind: 'number', step: 'any' };
    case 'boolean':
      return { kind: 'choice', options: [true, false] };
    default:
      return { kind: 'json' };
  }
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

const depthMax = 8;

/** A value to begin with: the defaults of a schema, and an empty value of its type for what it requires. */
export function prefilled(schema: Schema, depth = 0): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type ?? (schema.properties ? 'object' : undefined)) {
    case 'object': {
      const names = Object.entries(schema.properties ?? {}).filter(
        ([name, { default: given }]) => schema.required?.includes(name) || given !== undefined,
      );
      if (depth === depthMax) return {};
      return Object.fromEntries(names.map(([name, field]) => [name, prefilled(field, depth + 1)]));
    }
    case 'array':
      return [];
    case 'number':
    case 'integer':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    case 'string':
      return '';
    default:
      return depth === 0 ? {} : null;
  }
}
