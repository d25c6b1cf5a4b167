import { type ServerTool, ToolName } from '@antiphon/contracts';
import type { ListToolsResult, Tool } from '@modelcontextprotocol/sdk/types.js';

/**
 * The tools after a cursor, ordered by name, so that every instance returns the same pages and a tool that is added or removed between two
 * pages shifts none. Null for an unknown cursor.
 */
export function toolPage(
  tools: readonly ServerTool[],
  cursor: string | undefined,
  pageSize: number,
): ListToolsResult | null {
  const after = cursor === undefined ? '' : nameIn(cursor);
  if (after === null) return null;
  const rest = tools.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = rest.slice(0, pageSize);
  const last = page.at(-1);
  return {
    tools: page.map(encodeTool),
    ...(last && rest.length > page.length && { nextCursor: cursorOf(last.name) }),
  };
}

function cursorOf(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function nameIn(cursor: string): string | null {
  const { data } = ToolName.safeParse(Buffer.from(cursor, 'base64url').toString());
  return data !== undefined && cursorOf(data) === cursor ? data : null;
}

function encodeTool({ name, description, parameters, annotations }: ServerTool): Tool {
  const title = titleOf(name);
  return {
    name,
    title,
    description,
    inputSchema: { ...parameters, type: 'object' },
    annotations: {
      title,
      readOnlyHint: annotations.readOnly,
      destructiveHint: annotations.destructive,
      idempotentHint: annotations.idempotent,
    },
  };
}

/** A name for people: `google_search` becomes "Google search". */
function titleOf(name: string): string {
  const words = name.replaceAll(/[_.-]+/g, ' ').trim() || name;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
