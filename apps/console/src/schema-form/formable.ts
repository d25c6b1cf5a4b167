/** A property of an object that a form can show as one input. */
export interface FieldSchema {
  type: 'string' | 'number' | 'integer' | 'boolean';
  title?: string;
  description?: string;
  enum?: readonly (string | number)[];
}

const inputs = new Set(['string', 'number', 'integer', 'boolean']);
const fieldsMax = 20;

/** Whether a form can show every property of the schema. Where it cannot, the arguments are edited as JSON. */
export function isFormable(schema: Readonly<Record<string, unknown>>): boolean {
  const fields = Object.values(fieldsOf(schema));
  return fields.length > 0 && fields.length <= fieldsMax && fields.every(({ type }) => inputs.has(type));
}

/** The properties of a schema of an object, by name. */
export function fieldsOf(schema: Readonly<Record<string, unknown>>): Record<string, FieldSchema> {
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null
    ? (properties as Record<string, FieldSchema>)
    : {};
}

/** The value of an input in the type of its property; undefined where it is empty, so that the property is left out. */
export function valueOf(text: string, { type, enum: values }: FieldSchema): unknown {
  if (values) return values.find((value) => String(value) === text);
  if (text === '' && type !== 'string') return undefined;
  if (type === 'number' || type === 'integer') {
    const number = Number(text);
    return Number.isFinite(number) ? number : text;
  }
  return text;
}
