import type { OutsideTools } from '../servers/outside-tools.ts';

/** The tools of a system without outside servers. The cast is true: `ToolRegistry` calls no other methods. */
export const noOutsideTools = {
  list: async () => [],
  listServer: async () => ({ tools: [] }),
  find: async () => null,
} as Pick<OutsideTools, 'list' | 'listServer' | 'find'> as OutsideTools;
