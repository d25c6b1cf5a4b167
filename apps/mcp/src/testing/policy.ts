import { ToolPolicy } from '../host/tool-policy.ts';

/** Offers all tools to all callers, unchanged. */
export const openPolicy = new ToolPolicy({ file: { tools: {}, callers: [] }, unsafe: true });
