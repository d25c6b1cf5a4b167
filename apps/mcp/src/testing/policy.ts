import { ToolPolicy } from '../host/tool-policy.ts';

/** Offers everything to everyone as it is. */
export const openPolicy = new ToolPolicy({ file: { tools: {}, callers: [] }, unsafe: true });
