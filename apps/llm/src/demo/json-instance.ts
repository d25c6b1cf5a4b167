import { type JsonObject, type JsonValue, referredValue } from '@antiphon/contracts';
import { textForPattern } from './pattern-text.ts';

/** The value for a property, if the source has one. An optional property without a value is left out of the instance. */
export type Hint = (name: string, schema: JsonObject, isRequired: boolean) => JsonValue | undefined;

/** Deeper than this, nullable properties are null and lists are empty. */
const depthMax = 6;
/** Deeper than this no schema is followed, since it refers to itself without end. */
const depthLimit = 32;
/** Schemas that are looked at in all: a schema that refers to itself twice would double with every level. */
const schemasMax = 5_000;
const itemsMax = 100;
const lengthMax = 10_000;

/** A small instance that is valid under a JSON Schema, its open places filled by the hint. An object that requires nothing has its first property. */
export function jsonInstance(root: JsonObject, hint: Hint): JsonValue {
  let schemasLeft = schemasMax;

  /** Undefined for an optional property without a value. */
  function build(given: JsonObject, name: string, depth: number, isRequired = true): JsonValue | undefined {
    const plain = resolve(given, depth);
    const schema: JsonObject = { ...plain, type: typeOf(plain, depth) };
    const { const: fixed, enum: options } = schema;
    const found = hint(name, schema, isRequired);
    if (found === undefined && !isRequired) return undefined;
    if (fixed !== undefined) return fixed;
    const value = found ?? schema['default'];
    if (Array.isArray(options)) return options.find((option) => option === value) ?? options[0] ?? null;
    switch (schema['type']) {
      case 'object':
        return schema['properties'] === undefined && found !== undefined
          ? objectIn(found)
          : buildObject(schema, depth);
      case 'array':
        return buildArray(schema, name, depth);
      case 'integer':
      case 'number':
        return numberFor(schema, numberIn(value, 0));
      case 'boolean':
        return value === true;
      case 'null':
        return null;
      default:
        return stringFor(schema, value);
    }
  }

  function buildObject(schema: JsonObject, depth: number): JsonObject {
    const properties = objectIn(schema['properties']);
    const names = Object.keys(properties);
    const listed = listIn(schema['required']).filter((name) => typeof name === 'string');
    const required = new Set(listed.length > 0 || depth > 1 ? listed : names.slice(0, 1));
    const entries = [...new Set([...required, ...names])].flatMap((name) => {
      const value = build(objectIn(properties[name]), name, depth + 1, required.has(name));
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries);
  }

  function buildArray({ items, minItems, maxItems }: JsonObject, name: string, depth: number): JsonValue[] {
    const least = numberIn(minItems, depth < depthMax && items !== undefined ? 1 : 0);
    const length = Math.min(least, numberIn(maxItems, itemsMax), itemsMax);
    return Array.from({ length }, () => build(objectIn(items), name, depth + 1) ?? null);
  }

  /** The plain schema behind references, with one of the alternatives. */
  function resolve({ $ref, allOf, anyOf, oneOf, ...plain }: JsonObject, depth: number): JsonObject {
    if (depth > depthLimit || schemasLeft-- <= 0) return { type: 'null' };
    const chosen = oneFor(depth, listIn(anyOf ?? oneOf).map(objectIn));
    const referred = typeof $ref === 'string' ? referredValue(root, $ref) : undefined;
    const parts = [referred, ...listIn(allOf), chosen].filter((part) => part !== undefined);
    return parts.map((part) => resolve(objectIn(part), depth + 1)).reduce(merged, plain);
  }

  return build(root, '', 0) ?? null;
}

function typeOf({ type, properties, items }: JsonObject, depth: number): JsonValue {
  if (Array.isArray(type))
    return (
      oneFor(
        depth,
        type.map((entry) => ({ type: entry })),
      )?.['type'] ?? 'null'
    );
  return type ?? (properties ? 'object' : items ? 'array' : 'string');
}

/** The first alternative that is not null or, deep in the instance, the one that is. */
function oneFor(depth: number, alternatives: JsonObject[]): JsonObject | undefined {
  const isNullWanted = depth >= depthMax;
  return alternatives.find(({ type }) => (type === 'null') === isNullWanted) ?? alternatives[0];
}

/** The number of the schema that is next to the wanted one. */
function numberFor(schema: JsonObject, wanted: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, type } = schema;
  const step = numberIn(multipleOf, type === 'integer' ? 1 : 0);
  const gap = step || 0.5;
  const least = Math.max(numberIn(minimum, -Infinity), numberIn(exclusiveMinimum, -Infinity) + gap);
  const most = Math.min(numberIn(maximum, Infinity), numberIn(exclusiveMaximum, Infinity) - gap);
  const value = Math.min(Math.max(wanted, least), most);
  if (step === 0) return value;
  return (value === most ? Math.floor(value / step) : Math.ceil(value / step)) * step;
}

const formats: Record<string, string> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT1H',
  email: 'user@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** The wanted text, cut or extended to the lengths of the schema. */
function stringFor(
  { pattern, format, minLength, maxLength }: JsonObject,
  wanted: JsonValue | undefined,
): string {
  const plain =
    typeof wanted === 'string' ? wanted : (typeof format === 'string' && formats[format]) || 'text';
  const text = typeof pattern === 'string' ? textForPattern(pattern) : plain;
  return text
    .padEnd(Math.min(numberIn(minLength, 0), lengthMax), 'x')
    .slice(0, numberIn(maxLength, lengthMax));
}

/** Two schemas that both hold. */
function merged(a: JsonObject, b: JsonObject): JsonObject {
  const both = { ...a, ...b };
  if (a['properties'] && b['properties'])
    both['properties'] = { ...objectIn(a['properties']), ...objectIn(b['properties']) };
  if (a['required'] && b['required']) both['required'] = [...listIn(a['required']), ...listIn(b['required'])];
  return both;
}

function listIn(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function numberIn(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
