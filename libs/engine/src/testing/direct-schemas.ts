import { compileUses, findFault, type SchemaChecker } from '../output-schema/schema-checker.ts';

/** Checks schemas in the calling thread, at any cost. */
export const directSchemas: SchemaChecker = {
  assertUsable: (_, uses) => Promise.resolve(uses).then(compileUses),
  findFault: (_, uses, value) => Promise.resolve(value).then((checked) => findFault(uses, checked)),
};
