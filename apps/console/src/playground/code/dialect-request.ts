import type { JsonObject } from '../../api/content/prompts.ts';
import { isOwn, withoutCredentials } from '../../content/tools.ts';

export const codeDialects = ['openai', 'jan', 'agent', 'codex'] as const;
export type CodeDialect = (typeof codeDialects)[number];

/** A request of a dialect that does the same as a create of `/v1/responses`, as far as the dialect can. */
export interface DialectRequest {
  path: string;
  body: JsonObject;
  /** The parts of the create that the dialect has no word for, by their names there. */
  leftOut: string[];
}

type Create = JsonObject & { input: JsonObject[] };

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

/** The jan dialect has no request that approves a call. */
function waitsForPeople({ type, require_approval: approval }: JsonObject): boolean {
  return type === 'mcp' && approval !== undefined && approval !== 'never';
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
  const messages = input.map(agentMessage);
  const hasPlatform = typeof model === 'string' && /^[\w.-]+\/\S+$/.test(model);
  return {
    path: '/api/v1/responses',
    body: {
      input: messages.filter((message) => message !== null),
      ...(hasPlatform && { model }),
      ...(Object.keys(settings).length > 0 && { model_settings: settings }),
      stream: 'off',
    },
    leftOut: [
      ...(hasPlatform ? [] : ['model']),
      ...(messages.includes(null) ? ['input'] : []),
      // The dialect has its own HTTP tools.
      'tools',
      ...Object.keys(others),
    ],
  };
}

/** A message of a user or an assistant with nothing but text; null for anything else. */
function agentMessage({ type, role, content }: JsonObject): JsonObject | null {
  if (type !== undefined && type !== 'message') return null;
  if (role !== 'user' && role !== 'assistant') return null;
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : (content as JsonObject[]);
  const texts = parts.flatMap(({ text }) => (typeof text === 'string' ? [{ type: 'text', text }] : []));
  return texts.length === 0 || texts.length < parts.length ? null : { type: 'message', role, content: texts };
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
