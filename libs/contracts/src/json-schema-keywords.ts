/** Keywords of JSON Schema whose value is a schema or a list of schemas. */
export const schemaKeywords: ReadonlySet<string> = new Set([
  ...['items', 'additionalItems', 'prefixItems', 'unevaluatedItems', 'contains'],
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
]);

/** Keywords whose value has schemas by name. The values of all other keywords are data. */
export const schemaMapKeywords: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'],
  // The values of `dependencies` may be lists of names as well.
  'dependencies',
]);
