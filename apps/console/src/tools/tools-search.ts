import type { Tool } from './tools-api.ts';

/** What the address says of the page: its tab, the filters and the open tool, or the open server. */
export interface ToolsSearch {
  tab?: 'servers' | undefined;
  q?: string | undefined;
  /** `built_in`, or the label of an MCP server after `server:`. */
  origin?: string | undefined;
  tool?: string | undefined;
  server?: string | undefined;
}

/** What is valid of an address; the rest is left out. */
export function readToolsSearch(search: Record<string, unknown>): ToolsSearch {
  const text = (name: string) => {
    const value = search[name];
    // A text of digits is a number in the address.
    return (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? String(value)
      : undefined;
  };
  const known = {
    tab: search['tab'] === 'servers' ? 'servers' : undefined,
    q: text('q'),
    origin: text('origin'),
    tool: text('tool'),
    server: text('server'),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

/** Where a tool is from, as the address names it. */
export function originOf({ server_label: label }: Pick<Tool, 'server_label'>): string {
  return label === null ? 'built_in' : `server:${label}`;
}

/** The tools of an origin with all words of `q` in their names or descriptions. */
export function filtered(tools: readonly Tool[], { q = '', origin }: ToolsSearch): Tool[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return tools.filter((tool) => {
    const text = `${tool.name} ${tool.description}`.toLowerCase();
    return (origin === undefined || originOf(tool) === origin) && words.every((word) => text.includes(word));
  });
}
