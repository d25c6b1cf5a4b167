import type { JsonObject } from '../../api/content/prompts.ts';
import { isOwn, waitsForPeople, withoutCredentials } from '../../content/tools.ts';
import { messagesIn, textBlock } from './dialect-messages.ts';
import { messagesRequest } from './messages-request.ts';

export const codeDialects = ['openai', 'messages', 'jan', 'agent', 'codex'] as const;
export type CodeDialect = (typeof codeDialects)[number];

/** A request of a dialect that does the same as a create of `/v1/responses`, as far as the dialect can. */
export interface DialectRequest {
  path: string;
  body: JsonObject;
  /** The parts of the create that the dialect has no word for, by their names there. */
  leftOut: string[];
}

/** A create of `/v1/responses`. */
export type Create = JsonObject & { input: JsonObject[] };

/** The create without credentials in the form of a dialect. In dialects other than openai and codex it must not name a prompt. */
export function dialectRequest(dialect: CodeDialect, create: Create): DialectRequest {
  const tools = (create['tools'] ?? []) as JsonObject[];
  const bare = { ...create, ...('tools' in create && { tools: withoutCredentials(tools) }) };
  const credentials = tools.some((tool) => 'authorization' in tool || 'headers' in tool)
    ? ['authorization']
    : [];
  const request = requests[dialect](bare);
  return { ...request, leftOut: [...request.leftOut, ...credentials] };
}

const requests: Record<CodeDialect, (create: Create) => DialectRequest> = {
  openai: (body) => ({ path: '/v1/responses', body, leftOut: [] }),
  codex: (body) => ({ path: '/codex/v1/responses', body, leftOut: [] }),
  messages: messagesRequest,
  jan: janRequest,
  agent: agentRequest,
};

function janRequest({
  model,
  input,
  instructions,
  tools = [],
  tool_choice: choice,
  ...rest
}: Create): DialectRequest {
  const { temperature, top_p: topP, max_output_tokens: tokensMax, ...others } = rest;
  const offered = (tools as JsonObject[]).map(janTool);
  const messages = input.map(chatMessage);
  return {
    path: '/responses/v1/responses',
    body: {
      model,
      input: messages.filter((message) => message !== null),
      ...(instructions !== undefined && { system_prompt: instructions }),
      ...defined({ temperature, top_p: topP, max_tokens: tokensMax, tool_choice: choice }),
      tools: offered.filter((tool) => tool !== null),
    },
    leftOut: [
      ...(messages.includes(null) ? ['input'] : []),
      ...(offered.includes(null) || (tools as JsonObject[]).some(waitsForPeople) ? ['tools'] : []),
      ...Object.keys(others),
    ],
  };
}

function janTool(tool: JsonObject): JsonObject | null {
  const { type, require_approval: _approval, ...fields } = tool;
  if (type === 'mcp') return { type, ...fields, ...(!isOwn(tool) && { require_approval: 'never' }) };
  return type === 'function' ? { type, function: fields } : null;
}

/** A message in the form of chat completions; null for items that are none. */
function chatMessage({ type, role, content }: JsonObject): JsonObject | null {
  if (role === undefined || (type !== undefined && type !== 'message')) return null;
  return { role, content };
}

function agentRequest({ model, input, ...rest }: Create): DialectRequest {
  const { temperature, top_p: topP, max_output_tokens: tokensMax, tools: _tools, ...others } = rest;
  const settings = defined({ temperature, top_p: topP, max_tokens: tokensMax });
  const { messages, isWhole } = messagesIn(input, agentMessages);
  const hasPlatform = typeof model === 'string' && /^[\w.-]+\/\S+$/.test(model);
  return {
    path: '/api/v1/responses',
    body: {
      input: messages.map((message) => ({ type: 'message', ...message })),
      ...(hasPlatform && { model }),
      ...(Object.keys(settings).length > 0 && { model_settings: settings }),
      stream: 'off',
    },
    leftOut: [
      ...(hasPlatform ? [] : ['model']),
      ...(isWhole ? [] : ['input']),
      // The dialect has its own HTTP tools.
      'tools',
      ...Object.keys(others),
    ],
  };
}

/** Texts of users and assistants. */
const agentMessages = {
  roleOf: (role: unknown) => (role === 'user' || role === 'assistant' ? role : null),
  blockOf: textBlock,
};

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
