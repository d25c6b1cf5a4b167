import type { JsonObject } from '../../api/content/prompts.ts';
import { waitsForPeople } from '../../content/tools.ts';
import { messagesIn, textBlock } from './dialect-messages.ts';
import type { Create, DialectRequest } from './dialect-request.ts';

/** The dialect requires a limit of tokens. */
const tokensMaxByDefault = 4_096;
const efforts = ['low', 'medium', 'high', 'xhigh', 'max'];

/** The create as a request of `/v1/messages`. */
export function messagesRequest({ model, input, instructions, ...rest }: Create): DialectRequest {
  const { max_output_tokens: tokensMax, top_p: topP, temperature, ...more } = rest;
  const {
    tools = [],
    tool_choice: choice,
    parallel_tool_calls: isParallel,
    text,
    reasoning,
    ...others
  } = more;
  const { messages, isWhole } = messagesIn(input, form);
  const offered = (tools as JsonObject[]).map(toolOf);
  const servers = offered.filter((tool) => tool?.['type'] === 'url');
  const functions = offered.filter((tool) => tool !== null && tool['type'] !== 'url');
  const { format } = (text ?? {}) as { format?: JsonObject };
  const { effort } = (reasoning ?? {}) as { effort?: string };
  const isCool = typeof temperature !== 'number' || temperature <= 1;
  const hasEffort = effort === undefined || effort === 'none' || efforts.includes(effort);
  const output = {
    ...(format && { format: { type: format['type'], schema: format['schema'] } }),
    ...(effort !== undefined && efforts.includes(effort) && { effort }),
  };
  const chosen = choiceOf(choice, isParallel);
  return {
    path: '/v1/messages',
    body: {
      model,
      max_tokens: tokensMax ?? tokensMaxByDefault,
      ...(instructions !== undefined && { system: instructions }),
      messages,
      ...(isCool && temperature !== undefined && { temperature }),
      ...(topP !== undefined && { top_p: topP }),
      ...(functions.length > 0 && { tools: functions }),
      ...(servers.length > 0 && { mcp_servers: servers }),
      ...(chosen && { tool_choice: chosen }),
      ...(Object.keys(output).length > 0 && { output_config: output }),
      ...(effort === 'none' && { thinking: { type: 'disabled' } }),
    },
    leftOut: [
      ...(isWhole ? [] : ['input']),
      // The dialect has no request that approves a call.
      ...(offered.includes(null) || (tools as JsonObject[]).some(waitsForPeople) ? ['tools'] : []),
      ...(isCool ? [] : ['temperature']),
      ...(hasEffort ? [] : ['reasoning']),
      ...Object.keys(others),
    ],
  };
}

/** Texts and images. */
const form = {
  roleOf: (role: unknown) =>
    role === 'developer' || role === 'system' ? 'system' : role === 'assistant' ? role : 'user',
  blockOf: (part: JsonObject) => textBlock(part) ?? imageBlock(part),
};

function imageBlock({ image_url: url }: JsonObject): JsonObject | null {
  if (typeof url !== 'string') return null;
  const data = /^data:([^;,]+);base64,(.*)$/s.exec(url);
  const source = data ? { type: 'base64', media_type: data[1], data: data[2] } : { type: 'url', url };
  return { type: 'image', source };
}

/** A tool, or an MCP server; null for what the dialect does not have. */
function toolOf(tool: JsonObject): JsonObject | null {
  const { type, name, description, parameters, strict } = tool;
  switch (type) {
    case 'function':
      return { name, description, input_schema: parameters ?? { type: 'object' }, strict };
    case 'web_search':
      return { type: 'web_search_20250305', name: 'web_search' };
    case 'mcp': {
      const { server_label: label, server_url: url, allowed_tools: allowed } = tool;
      if (allowed !== undefined && !Array.isArray(allowed)) return null;
      return {
        type: 'url',
        name: label,
        url,
        ...(allowed && { tool_configuration: { allowed_tools: allowed } }),
      };
    }
    default:
      return null;
  }
}

function choiceOf(choice: unknown, isParallel: unknown): JsonObject | null {
  const single = isParallel === false && { disable_parallel_tool_use: true };
  if (choice === 'none') return { type: 'none' };
  if (choice === 'required') return { type: 'any', ...single };
  if (typeof choice === 'object' && choice !== null && 'name' in choice)
    return { type: 'tool', name: choice.name, ...single };
  return single ? { type: 'auto', ...single } : null;
}
