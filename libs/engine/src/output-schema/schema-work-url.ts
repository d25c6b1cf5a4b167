/** The module that a thread runs for a `SchemaTask`: JavaScript when built, TypeScript in tests. */
export const schemaWorkUrl = new URL(
  import.meta.url.endsWith('.ts') ? './schema-work.ts' : './schema-work.js',
  import.meta.url,
).href;
