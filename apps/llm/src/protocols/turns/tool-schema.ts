import {
  AppError,
  type JsonObject,
  type JsonValue,
  schemaKeywords,
  schemaMapKeywords,
} from '@antiphon/contracts';
import { isSchema, schemaAt } from '../claude/output-schema.ts';
import { toolParameters } from '../requests/complete-schema.ts';
import { schemasMax } from '../requests/inlined-schema.ts';

/** References that are followed at the root of a schema. */
const referencesMax = 16;
/** Nested schemas whose names are checked. */
const depthMax = 64;

/** The names of properties that these APIs accept. */
const propertyName = /^[a-zA-Z0-9_.-]{1,64}$/;

/**
 * The parameters of a tool as an object schema, which these APIs demand at the root. A reference at the root is inlined, and choices between
 * objects become one object that accepts what any of them does. Throws `model_refused` with the path of what cannot be expressed.
 */
export function objectSchema(parameters: JsonObject | null, path: string): JsonObject {
  const completed = toolParameters(parameters);
  const schema = asObject(completed, { root: completed, path, depth: 0, size: { schemas: 0 } });
  if (schema['type'] !== 'object') throw refused(path, 'is not a schema of an object');
  checkNames(schema, path, 0);
  return schema;
}

interface SchemaPlace {
  root: JsonObject;
  path: string;
  depth: number;
  /** Of the whole translation: a few references to each other grow into any number of schemas. */
  size: { schemas: number };
}

/** Throws where a schema grows too large by its references. */
function count({ path, size }: SchemaPlace): void {
  if (++size.schemas > schemasMax)
    throw refused(path, `has more than ${schemasMax} schemas once its references are inlined`);
}

function asObject(schema: JsonObject, place: SchemaPlace): JsonObject {
  count(place);
  const { $ref, anyOf, oneOf, allOf, ...own } = schema;
  const below = { ...place, depth: place.depth + 1 };
  if (below.depth > referencesMax) throw refused(place.path, 'refers to itself at its root');
  if (typeof $ref === 'string') {
    const target = schemaAt(place.root, $ref);
    if (target === undefined) throw refused(place.path, `refers to ${$ref}, which it does not contain`);
    const { $ref: _followed, ...beside } = schema;
    return asObject({ ...target, ...beside }, below);
  }
  if (anyOf === undefined && oneOf === undefined && allOf === undefined && own['type'] === 'object')
    return own;
  const choices = [...listOf(anyOf), ...listOf(oneOf)].map((choice) => asObject(choice, below));
  const parts = [own, ...listOf(allOf).map((part) => asObject(part, below))];
  const required = new Set(parts.flatMap(requiredOf));
  const [first = {}, ...others] = choices;
  for (const name of requiredOf(first))
    if (others.every((choice) => requiredOf(choice).includes(name))) required.add(name);
  const isWhole = parts.some(isObjectType) || (choices.length > 0 && choices.every(isObjectType));
  return {
    ...own,
    ...(isWhole && {
      type: 'object',
      properties: Object.fromEntries(
        [...choices, ...parts].flatMap((part) => Object.entries(propertiesOf(part))),
      ),
    }),
    ...(required.size > 0 && { required: [...required] }),
  };
}

/** A schema with its references inlined, for models that know none. Throws `model_refused` with the path of a schema that contains itself. */
export function withoutReferences(schema: JsonObject, path: string): JsonObject {
  return inlined(schema, ['#'], { root: schema, path, depth: 0, size: { schemas: 0 } });
}

/** `within` has the references that led here. */
function inlined(schema: JsonObject, within: readonly string[], place: SchemaPlace): JsonObject {
  count(place);
  const { $ref, $defs: _defs, definitions: _definitions, ...beside } = schema;
  if (typeof $ref === 'string') {
    if (within.includes($ref)) throw refused(place.path, 'contains itself, which this model does not accept');
    const target = schemaAt(place.root, $ref);
    if (target === undefined) throw refused(place.path, `refers to ${$ref}, which it does not contain`);
    return inlined({ ...target, ...beside }, [...within, $ref], place);
  }
  const below = (value: JsonValue, step: string): JsonValue =>
    isSchema(value) ? inlined(value, within, { ...place, path: `${place.path}${step}` }) : value;
  const entries = Object.entries(beside).map(([word, value]): [string, JsonValue] => {
    if (schemaMapKeywords.has(word) && isSchema(value)) {
      const map = Object.entries(value).map(([name, entry]) => [name, below(entry, `.${word}.${name}`)]);
      return [word, Object.fromEntries(map) as JsonObject]; // its values are JSON
    }
    if (!schemaKeywords.has(word)) return [word, value];
    const list = Array.isArray(value) ? value.map((entry, at) => below(entry, `.${word}[${at}]`)) : null;
    return [word, list ?? below(value, `.${word}`)];
  });
  return Object.fromEntries(entries);
}

function checkNames(schema: JsonObject, path: string, depth: number): void {
  if (depth > depthMax) return;
  for (const [word, value] of Object.entries(schema)) {
    if (word === 'properties' && isSchema(value))
      for (const name of Object.keys(value))
        if (!propertyName.test(name))
          throw new AppError(
            'model_refused',
            `The property ${JSON.stringify(name.slice(0, 80))} of a tool needs another name: this model accepts up to 64 letters, digits, "_", "." and "-"`,
            { param: `${path}.properties` },
          );
    const below: JsonValue[] = schemaMapKeywords.has(word) && isSchema(value) ? Object.values(value) : [];
    if (schemaKeywords.has(word)) below.push(...(Array.isArray(value) ? value : [value]));
    for (const entry of below) if (isSchema(entry)) checkNames(entry, path, depth + 1);
  }
}

function refused(param: string, complaint: string): AppError {
  return new AppError('model_refused', `The schema ${param} ${complaint}`, { param });
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isSchema(properties) ? properties : {};
}

function requiredOf({ required }: JsonObject): string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

function isObjectType({ type, properties }: JsonObject): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isSchema(properties);
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}
