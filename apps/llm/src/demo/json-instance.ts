import type { JsonObject, JsonValue } from '@antiphon/contracts';
import { textForPattern } from './pattern-text.ts';

/** The source of the values that a schema leaves open. Undefined where nothing fits. */
export interface Hints {
  value(name: string, schema: JsonObject): JsonValue | undefined;
  /** Whether the source mentions an optional property. */
  mentions(name: string, schema: JsonObject): boolean;
}

export const noHints: Hints = { value: () => undefined, mentions: () => false };

/** Deeper than this, optional properties are left out and nullable ones are null. */
const depthMax = 6;
/** Deeper than this no schema is followed, since it refers to itself without end. */
const depthLimit = 32;
/** Schemas that are looked at in all: a schema that refers to itself twice would double with every level. */
const schemasMax = 5_000;
const itemsMax = 100;

/** A small instance that is valid under a JSON Schema, its open places filled from the hints. */
export function jsonInstance(root: JsonObject, hints: Hints): JsonValue {
  return new InstanceBuilder(root, hints).build(root, '', 0);
}

class InstanceBuilder {
  #schemasLeft = schemasMax;

  constructor(
    private readonly root: JsonObject,
    private readonly hints: Hints,
  ) {}

  build(schema: JsonObject, name: string, depth: number): JsonValue {
    if (this.#isTooMuch(depth)) return null;
    const resolved = this.#resolve(schema, depth);
    if (resolved['const'] !== undefined) return resolved['const'];
    const options = asArray(resolved['enum']);
    if (options.length > 0)
      return options.find((option) => option === this.hints.value(name, resolved)) ?? options[0] ?? null;
    const hinted = this.hints.value(name, resolved);
    if (hinted !== undefined && fits(hinted, resolved)) return hinted;
    if (resolved['default'] !== undefined) return resolved['default'];
    switch (typeOf(resolved, depth)) {
      case 'object':
        return this.#object(resolved, depth);
      case 'array':
        return this.#array(resolved, name, depth);
      case 'integer':
      case 'number':
        return numberFor(resolved);
      case 'boolean':
        return false;
      case 'null':
        return null;
      default:
        return stringFor(resolved);
    }
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = asObject(schema['properties']);
    const required = asArray(schema['required']).filter((name) => typeof name === 'string');
    const chosen = new Set(required);
    for (const [name, property] of Object.entries(properties)) {
      const isWanted = depth < depthMax && this.hints.mentions(name, asObject(property));
      if (isWanted || chosen.size < number(schema['minProperties'], 0)) chosen.add(name);
    }
    const object: JsonObject = {};
    for (const name of chosen) object[name] = this.build(asObject(properties[name]), name, depth + 1);
    return object;
  }

  #array(schema: JsonObject, name: string, depth: number): JsonValue[] {
    const prefix = asArray(schema['prefixItems']);
    // One entry shows more than none, except where a schema refers to itself.
    const least = depth < depthMax && schema['items'] !== undefined ? 1 : 0;
    const count = Math.min(
      Math.max(number(schema['minItems'], least), prefix.length),
      number(schema['maxItems'], itemsMax),
      itemsMax,
    );
    return Array.from({ length: count }, (_, index) => {
      const item = this.build(asObject(prefix[index] ?? schema['items']), name, depth + 1);
      return schema['uniqueItems'] === true ? distinct(item, asObject(schema['items']), index) : item;
    });
  }

  /** The plain schema behind references, with one of the alternatives. */
  #resolve(schema: JsonObject, depth: number): JsonObject {
    if (this.#isTooMuch(depth)) return {};
    let resolved = schema;
    for (let steps = 0; typeof resolved['$ref'] === 'string' && steps < depthLimit; steps++) {
      const { $ref, ...beside } = resolved;
      resolved = { ...this.#pointed(String($ref)), ...beside };
    }
    for (const part of asArray(resolved['allOf']))
      resolved = merged(resolved, this.#resolve(asObject(part), depth + 1));
    const alternatives = [...asArray(resolved['anyOf']), ...asArray(resolved['oneOf'])].map(asObject);
    if (alternatives.length === 0) return resolved;
    const isNull = (option: JsonObject) => option['type'] === 'null';
    const chosen =
      alternatives.find((option) => isNull(option) === depth >= depthMax) ?? alternatives[0] ?? {};
    return merged(resolved, this.#resolve(chosen, depth + 1));
  }

  #isTooMuch(depth: number): boolean {
    return depth > depthLimit || this.#schemasLeft-- <= 0;
  }

  #pointed(reference: string): JsonObject {
    if (!reference.startsWith('#')) return {};
    let target: JsonValue | undefined = this.root;
    for (const step of reference.slice(1).split('/').slice(1)) {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      target = Array.isArray(target) ? target[Number(key)] : asObject(target)[key];
    }
    return asObject(target);
  }
}

function typeOf(schema: JsonObject, depth: number): JsonValue {
  const { type } = schema;
  if (Array.isArray(type))
    return (
      (depth >= depthMax && type.includes('null') ? 'null' : type.find((entry) => entry !== 'null')) ?? 'null'
    );
  if (type !== undefined) return type;
  if (schema['properties'] !== undefined || schema['required'] !== undefined) return 'object';
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array';
  if (schema['minimum'] !== undefined || schema['maximum'] !== undefined) return 'number';
  return 'string';
}

/** Whether a hint is a valid value of a simple schema. */
function fits(value: JsonValue, schema: JsonObject): boolean {
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type'] ?? 'string'];
  if (typeof value === 'string') {
    const isBounded =
      value.length >= number(schema['minLength'], 0) && value.length <= number(schema['maxLength'], Infinity);
    return (
      types.includes('string') && isBounded && schema['pattern'] === undefined && schema['format'] !== 'uuid'
    );
  }
  if (typeof value === 'number') {
    const isWhole = types.includes('number') || (types.includes('integer') && Number.isInteger(value));
    const isAbove =
      value >= number(schema['minimum'], -Infinity) && value > number(schema['exclusiveMinimum'], -Infinity);
    const isBelow =
      value <= number(schema['maximum'], Infinity) && value < number(schema['exclusiveMaximum'], Infinity);
    return isWhole && isAbove && isBelow && schema['multipleOf'] === undefined;
  }
  return typeof value === 'boolean' && types.includes('boolean');
}

function numberFor(schema: JsonObject): number {
  const step = number(schema['multipleOf'], schema['type'] === 'integer' ? 1 : 0);
  const gap = step === 0 ? 0.5 : step;
  const lowest = Math.max(
    number(schema['minimum'], -Infinity),
    number(schema['exclusiveMinimum'], -Infinity) + gap,
  );
  const highest = Math.min(
    number(schema['maximum'], Infinity),
    number(schema['exclusiveMaximum'], Infinity) - gap,
  );
  const value = lowest > 0 ? lowest : highest < 0 ? highest : 0;
  if (step === 0) return value;
  return (value === highest ? Math.floor(value / step) : Math.ceil(value / step)) * step;
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
  url: 'https://example.com/',
  'uri-reference': '/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function stringFor(schema: JsonObject): string {
  const { pattern, format } = schema;
  const formatted = typeof format === 'string' ? formats[format] : undefined;
  const made = typeof pattern === 'string' ? textForPattern(pattern) : (formatted ?? 'text');
  const lengthMax = number(schema['maxLength'], Infinity);
  return made
    .padEnd(Math.min(number(schema['minLength'], 0), 10_000), 'x')
    .slice(0, lengthMax === Infinity ? undefined : lengthMax);
}

function distinct(item: JsonValue, schema: JsonObject, index: number): JsonValue {
  const options = asArray(schema['enum']);
  if (options.length > 0) return options[index % options.length] ?? null;
  if (index === 0) return item;
  if (typeof item === 'number') return item + index * number(schema['multipleOf'], 1);
  return typeof item === 'string' ? `${item}${index}` : item;
}

/** Two schemas that both hold. */
function merged(a: JsonObject, b: JsonObject): JsonObject {
  const properties = { ...asObject(a['properties']), ...asObject(b['properties']) };
  const required = [...new Set([...asArray(a['required']), ...asArray(b['required'])])];
  return {
    ...a,
    ...b,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

function asArray(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function number(value: JsonValue | undefined, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
