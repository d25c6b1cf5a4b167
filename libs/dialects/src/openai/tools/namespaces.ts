import {
  type ClientTool,
  qualifiedToolName,
  quote,
  read,
  refusal,
  type RequestPath,
  ToolName,
} from '@antiphon/contracts';
import { z } from 'zod';
import { Typed } from '../schema.ts';
import { custom } from '../tool-types/custom.ts';
import { decodeFunction } from './function-tool.ts';

const toolsMax = 512;

export const Namespace = z.object({
  name: ToolName,
  description: z.string().nullish(),
  /** Of all its tools. OpenAI's own form has it on each tool. */
  defer_loading: z.boolean().nullish(),
  tools: z.array(z.unknown()).max(toolsMax),
});

/**
 * The tools of a namespace, each with its place in the request. Models get them as functions with qualified names, since most know no namespaces;
 * the caller sees the names that it declared.
 */
export function decodeNamespace(
  declared: unknown,
  path: RequestPath,
): { tool: ClientTool; path: RequestPath }[] {
  const { name, description, defer_loading: isDeferred, tools } = read(Namespace, declared, path);
  return tools.map((entry, index) => {
    const place = [...path, 'tools', index];
    const { type } = read(Typed, entry, place);
    if (type !== 'function' && type !== 'custom')
      throw refusal([...place, 'type'], `must be "function" or "custom" in a namespace, got ${quote(type)}`);
    const tool = type === 'function' ? decodeFunction(entry, place) : custom.decode(entry, place);
    return {
      path: place,
      tool: {
        ...tool,
        name: qualifiedToolName(name, tool.name),
        namespace: { name, toolName: tool.name, ...(index === 0 && description && { description }) },
        ...(isDeferred && { isDeferred }),
      },
    };
  });
}
