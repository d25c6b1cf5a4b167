import { isObject } from '../editor/exact-json.ts';

type JsonObject = Record<string, unknown>;

/** A control of a form, made from a JSON schema. `json`: the schema says too little or too much for a control, so its value is edited as JSON. */
export type FormField = { description: string | null; isNullable: boolean } & (
  | { kind: 'string' | 'number' | 'integer' | 'boolean' | 'json' }
  | { kind: 'enum'; values: readonly (string | number | boolean)[] }
  | { kind: 'array'; entry: FormField }
  | { kind: 'object'; properties: readonly Property[] }
);

export interface Property {
  name: string;
  isRequired: boolean;
  field: FormField;
}

type ObjectField = Extract<FormField, { kind: 'object' }>;

/** How deep objects and arrays have controls of their own. */
const depthMax = 4;
/** Keywords that let the value have one of several forms. */
const branching = ['$ref', 'oneOf', 'anyOf', 'allOf', 'not', 'if', 'patternProperties', 'prefixItems'];

/** The fields of a schema; null where a form cannot show it. */
export function formOf(schema: unknown): ObjectField | null {
  const field = fieldOf(schema, 0);
  return field.kind === 'object' && !field.isNullable && field.properties.length > 0 ? field : null;
}

/**
 * The object that a form of a schema begins with: the defaults, and an empty value of what is required and edited as JSON or as a list, so that its
 * names need not be known.
 */
export function firstObject(schema: unknown): JsonObject {
  const first = firstValue(schema, formOf(schema) !== null, 0);
  return isObject(first) ? first : {};
}

/** Undefined: a control waits for the value. `hasControl`: whether it is edited by one, and not as JSON. */
function firstValue(schema: unknown, hasControl: boolean, depth: number): unknown {
  if (!isObject(schema)) return null;
  const { default: given, type, properties, required } = schema;
  if (given !== undefined) return given;
  if (isObject(properties) && depth <= depthMax) {
    const entries = Object.entries(properties).map(([name, property]): [string, unknown] => {
      const isGiven = isObject(property) && property['default'] !== undefined;
      const isRequired = Array.isArray(required) && required.includes(name);
      if (!isGiven && !isRequired) return [name, undefined];
      const isControl = hasControl && fieldOf(property, depth + 1).kind !== 'json';
      return [name, firstValue(property, isControl, depth + 1)];
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (type === 'object') return {};
  if (type === 'array') return [];
  return hasControl ? undefined : emptyValue(fieldOf(schema, depth));
}

/**
 * The properties of an object with its value: those of the schema, then those that only the value has. One whose value does not fit its control is edited
 * as JSON, so that nothing is lost.
 */
export function propertiesFor(properties: readonly Property[], value: JsonObject): Property[] {
  const others = Object.keys(value).filter((name) => !properties.some((property) => property.name === name));
  return [
    ...properties.map((property) => ({ ...property, field: fieldFor(property.field, value[property.name]) })),
    ...others.map((name) => ({ name, isRequired: false, field: jsonField })),
  ];
}

/** The field, or one of JSON where it cannot show the value. */
export function fieldFor(field: FormField, value: unknown): FormField {
  return fits(field, value) ? field : { ...jsonField, description: field.description };
}

/** The value that a new entry of a list begins with. */
export function emptyValue(field: FormField): unknown {
  switch (field.kind) {
    case 'string':
      return '';
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'enum':
      return field.values[0] ?? null;
    case 'array':
      return [];
    case 'object':
      return {};
    case 'json':
      return null;
  }
}

const jsonField: FormField = { kind: 'json', description: null, isNullable: false };

function fieldOf(given: unknown, depth: number): FormField {
  if (!isObject(given)) return jsonField;
  const { schema, isNullable } = withoutNull(given);
  const description = typeof given['description'] === 'string' ? given['description'] : null;
  const common = { description, isNullable };
  const asJson: FormField = { ...common, kind: 'json' };
  if (branching.some((keyword) => keyword in schema) || depth > depthMax) return asJson;
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  if (values !== undefined) {
    const shown = Array.isArray(values) ? values.filter((value) => value !== null) : [];
    const isPlain = shown.every((value) => ['string', 'number', 'boolean'].includes(typeof value));
    // Checked above: none of them is an object, an array or null.
    return isPlain && shown.length > 0 ? { ...common, kind: 'enum', values: shown as string[] } : asJson;
  }
  const { type } = schema;
  if (type === 'string' || type === 'number' || type === 'integer' || type === 'boolean')
    return { ...common, kind: type };
  if (type === 'array' && isObject(schema['items'])) {
    const entry = fieldOf(schema['items'], depth + 1);
    return entry.kind === 'json' ? asJson : { ...common, kind: 'array', entry };
  }
  const { properties } = schema;
  if ((type !== 'object' && type !== undefined) || !isObject(properties)) return asJson;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return {
    ...common,
    kind: 'object',
    properties: Object.entries(properties).map(([name, property]) => ({
      name,
      isRequired: required.includes(name),
      field: fieldOf(property, depth + 1),
    })),
  };
}

/** A schema of one type or null, in either spelling, as that type. */
function withoutNull(schema: JsonObject): { schema: JsonObject; isNullable: boolean } {
  const { type, anyOf, enum: values } = schema;
  if (Array.isArray(type) && type.includes('null') && type.length === 2)
    return { schema: { ...schema, type: type.find((name) => name !== 'null') }, isNullable: true };
  const isNull = (one: unknown) => isObject(one) && one['type'] === 'null';
  if (Array.isArray(anyOf) && anyOf.length === 2 && anyOf.some(isNull)) {
    const other: unknown = anyOf.find((one) => !isNull(one));
    if (isObject(other)) return { schema: other, isNullable: true };
  }
  return { schema, isNullable: Array.isArray(values) && values.includes(null) };
}

function fits(field: FormField, value: unknown): boolean {
  if (value === undefined || field.kind === 'json') return true;
  if (value === null) return field.isNullable;
  switch (field.kind) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === field.kind;
    case 'integer':
      return Number.isInteger(value);
    case 'enum':
      return field.values.some((one) => one === value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
  }
}
