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
  const texts = ['q', 'origin', 'tool', 'server'].flatMap((name) =>
    typeof search[name] === 'string' && search[name] !== '' ? [[name, search[name]]] : [],
  );
  return { ...Object.fromEntries(texts), ...(search['tab'] === 'servers' && { tab: 'servers' }) };
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
