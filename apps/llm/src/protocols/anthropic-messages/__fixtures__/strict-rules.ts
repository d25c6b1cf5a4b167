type Fields = Record<string, unknown>;

interface Block extends Fields {
  type: string;
}

export interface MessagesRequest extends Fields {
  model: string;
  max_tokens: number;
  stream?: boolean;
  messages: { role: string; content: Block[] }[];
  system?: Block[];
  tools?: (Fields & { name: string; input_schema: Fields })[];
  tool_choice?: Fields & { type: string };
  thinking?: Fields & { type?: string };
  output_config?: Fields;
}

/** What the models of the strict server accept, from the API's model table and independent of the code under test. */
const models: Record<string, { outputMax: number; budget: boolean; adaptive: boolean; off: boolean; sampling: boolean; forced: boolean; binds: boolean }> = {
  'claude-3-haiku-20240307': { outputMax: 4096, budget: false, adaptive: false, off: true, sampling: true, forced: true, binds: false },
  'claude-sonnet-4-5-20250929': { outputMax: 64000, budget: true, adaptive: false, off: true, sampling: true, forced: true, binds: false },
  'claude-opus-4-8': { outputMax: 128000, budget: false, adaptive: true, off: true, sampling: false, forced: true, binds: false },
  'claude-opus-5-5': { outputMax: 128000, budget: false, adaptive: true, off: false, sampling: false, forced: false, binds: true },
};

/** What its search finds; only the whole result may come back. */
export const foundPages = [
  { type: 'web_search_result', url: 'https://sea.example/tides', title: 'Tides', encrypted_content: 'Eq+/sealed==', page_age: null },
];

const fields = new Set([
  ...['model', 'max_tokens', 'messages', 'system', 'tools', 'tool_choice', 'stream', 'thinking', 'output_config'],
  ...['temperature', 'top_p', 'top_k', 'stop_sequences', 'metadata', 'service_tier', 'cache_control'],
]);

const blockFields: Record<string, readonly string[]> = {
  text: ['text', 'citations'],
  image: ['source'],
  document: ['source', 'title', 'context', 'citations'],
  thinking: ['thinking', 'signature'],
  redacted_thinking: ['data'],
  tool_use: ['id', 'name', 'input'],
  tool_result: ['tool_use_id', 'content', 'is_error'],
  server_tool_use: ['id', 'name', 'input'],
  web_search_tool_result: ['tool_use_id', 'content'],
  bash_code_execution_tool_result: ['tool_use_id', 'content'],
};

/** The results of the API's own tools, and their fields. */
const ownResults = ['web_search_tool_result', 'bash_code_execution_tool_result'];
const ownTools: Record<string, readonly string[]> = {
  web_search_20250305: ['type', 'name', 'allowed_domains', 'blocked_domains', 'user_location', 'max_uses'],
  code_execution_20250825: ['type', 'name'],
};

/** The sentence with which the API refuses a request; null for one that it accepts. */
export function faultIn(body: MessagesRequest, betas: readonly string[]): string | null {
  const extra = Object.keys(body).find((name) => !fields.has(name));
  if (extra !== undefined) return `${extra}: Extra inputs are not permitted`;
  const model = models[body.model];
  if (model === undefined) return `model: ${body.model}`;
  if (!Number.isInteger(body.max_tokens) || body.max_tokens < 1) return 'max_tokens: Field required';
  if (body.max_tokens > model.outputMax)
    return `max_tokens: ${body.max_tokens} > ${model.outputMax}, which is the maximum allowed number of output tokens for ${body.model}`;
  return messageFault(body) ?? toolFault(body, model.forced) ?? thinkingFault(body, model, betas) ?? formatFault(body) ?? cacheFault(body);
}

function messageFault({ messages, system = [] }: MessagesRequest): string | null {
  if (messages.length === 0) return 'messages: at least one message is required';
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  if (messages.at(-1)?.role !== 'user') return 'This model does not support assistant message prefill.';
  const ids = new Set<unknown>();
  for (const [at, { role, content }] of messages.entries()) {
    if (role !== 'user' && role !== 'assistant') return `messages.${at}.role: Input should be 'user' or 'assistant'`;
    if (role === messages[at - 1]?.role) return 'messages: roles must alternate between "user" and "assistant"';
    if (content.length === 0) return `messages.${at}: all messages must have non-empty content`;
    for (const [place, block] of content.entries()) {
      const fault = blockFault(block, role, `messages.${at}.content.${place}`);
      if (fault !== null) return fault;
    }
    if (content.at(-1)?.type === 'thinking') return `messages.${at}: The final block in an assistant message cannot be \`thinking\`.`;
    const calls = content.filter(({ type }) => type === 'tool_use').map(({ id }) => id);
    for (const id of calls) {
      if (ids.has(id)) return `messages.${at}: \`tool_use\` ids must be unique`;
      ids.add(id);
    }
    const next = messages[at + 1]?.content.slice(0, calls.length).map(({ tool_use_id }) => tool_use_id) ?? [];
    if (calls.some((id) => !next.includes(id)))
      return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${calls.join(', ')}.`;
    const before = messages[at - 1]?.content ?? [];
    for (const { type, tool_use_id } of content)
      if (type === 'tool_result' && !before.some(({ id }) => id === tool_use_id))
        return `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${String(tool_use_id)}.`;
  }
  return system.some(({ text }) => blank(text)) ? 'system: text content blocks must be non-empty' : null;
}

function blockFault(block: Block, role: string, place: string): string | null {
  const known = blockFields[block.type];
  if (known === undefined) return `${place}: Input tag '${block.type}' found using 'type' does not match any of the expected tags`;
  const extra = Object.keys(block).find((name) => !['type', 'cache_control', ...known].includes(name));
  if (extra !== undefined) return `${place}.${block.type}.${extra}: Extra inputs are not permitted`;
  const ofModel = [...['tool_use', 'thinking', 'redacted_thinking', 'server_tool_use'], ...ownResults].includes(block.type);
  if (block.type !== 'text' && ofModel !== (role === 'assistant')) return `${place}: \`${block.type}\` blocks can only be in \`${ofModel ? 'assistant' : 'user'}\` messages`;
  if (block.type === 'text' && blank(block['text'])) return `${place}: text content blocks must contain non-whitespace text`;
  if (block.type === 'thinking' && !/^signed\+\d+\/==$/.test(String(block['signature']))) return `${place}: Invalid \`signature\` in \`thinking\` block`;
  if (block.type === 'tool_use' && !/^[a-zA-Z0-9_-]+$/.test(String(block['id']))) return `${place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`;
  if (block.type === 'tool_use' && !isFields(block['input'])) return `${place}.tool_use.input: Input should be a valid dictionary`;
  if (block.type === 'web_search_tool_result' && JSON.stringify(block['content']) !== JSON.stringify(foundPages)) return `${place}: Invalid \`encrypted_content\` in \`search_result\` block`;
  if (block.type === 'tool_result' && Array.isArray(block['content']))
    for (const [at, part] of (block['content'] as Block[]).entries()) {
      const fault = blockFault(part, 'user', `${place}.tool_result.content.${at}`);
      if (fault !== null) return fault;
    }
  return block.type === 'image' ? imageFault(block['source'], place) : null;
}

function imageFault(source: unknown, place: string): string | null {
  if (!isFields(source)) return `${place}.image.source: Field required`;
  if (source['type'] === 'url') return String(source['url']).startsWith('https://') ? null : `${place}.image.source.url: Only HTTPS URLs are supported.`;
  const accepted = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].includes(String(source['media_type']));
  return accepted ? null : `${place}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`;
}

function toolFault({ tools = [], tool_choice: choice, messages }: MessagesRequest, canForce: boolean): string | null {
  const hasCalls = messages.some(({ content }) => content.some(({ type }) => type === 'tool_use'));
  if (hasCalls && tools.length === 0) return 'Requests which include `tool_use` or `tool_result` blocks must define tools';
  if (choice !== undefined && tools.length === 0) return 'tool_choice: may only be specified while providing tools';
  const forces = choice?.type === 'any' || choice?.type === 'tool';
  if (forces && !canForce) return 'tool_choice: forced tool use is not supported for this model';
  for (const [at, tool] of tools.entries()) {
    const own = ownTools[String(tool['type'])];
    const more = own && Object.keys(tool).find((name) => name !== 'cache_control' && !own.includes(name));
    if (more !== undefined) return `tools.${at}.${String(tool['type'])}.${more}: Extra inputs are not permitted`;
    if (own !== undefined) continue;
    const extra = Object.keys(tool).find((name) => !['name', 'description', 'input_schema', 'strict', 'cache_control'].includes(name));
    if (extra !== undefined) return `tools.${at}.custom.${extra}: Extra inputs are not permitted`;
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name)) return `tools.${at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
    if (tool.input_schema['type'] !== 'object') return `tools.${at}.custom.input_schema.type: Input should be 'object'`;
    if (['anyOf', 'oneOf', 'allOf'].some((word) => word in tool.input_schema)) return `tools.${at}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`;
    const bad = Object.keys(isFields(tool.input_schema['properties']) ? tool.input_schema['properties'] : {}).find((name) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(name));
    if (bad !== undefined) return `tools.${at}.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'`;
    if (tool['strict'] === true && openObject(tool.input_schema)) return `tools.${at}.custom: For 'object' type, 'additionalProperties' must be explicitly set to false`;
  }
  return new Set(tools.map(({ name }) => name)).size < tools.length ? 'tools: Tool names must be unique.' : null;
}

function thinkingFault(body: MessagesRequest, model: (typeof models)[string], betas: readonly string[]): string | null {
  const { thinking, messages } = body;
  const samples = ['temperature', 'top_p', 'top_k'].filter((name) => name in body);
  if (samples.length > 0 && !model.sampling) return `${samples[0]}: not supported for this model`;
  if (samples.includes('temperature') && samples.includes('top_p')) return '`temperature` and `top_p` cannot both be specified for this model.';
  if (typeof body['temperature'] === 'number' && body['temperature'] > 1) return 'temperature: range: 0..1';
  const bound = messages.slice(0, -1).some(({ content }) => content.some(({ type }) => type === 'thinking'));
  if (thinking !== undefined && 'block_binding' in thinking && (!model.binds || !betas.includes('thinking-binding-controls-2026-08-01'))) return 'thinking.block_binding: Extra inputs are not permitted';
  if (model.binds && bound && !(thinking !== undefined && 'block_binding' in thinking)) return 'The block is bound to a different conversation';
  if (thinking?.type === undefined) return null;
  if (thinking.type === 'disabled') return model.off ? null : 'thinking.type.disabled is not supported for this model.';
  if (thinking.type === 'adaptive') return model.adaptive ? null : 'adaptive thinking is not supported on this model';
  if (!model.budget) return '"thinking.type.enabled" is not supported for this model.';
  const budget = Number(thinking['budget_tokens']);
  if (budget < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
  if (budget >= body.max_tokens) return '`max_tokens` must be greater than `thinking.budget_tokens`.';
  if (samples.length > 0) return '`temperature` may only be set to 1 when thinking is enabled.';
  if (body.tool_choice?.type === 'any' || body.tool_choice?.type === 'tool') return 'Thinking may not be enabled when tool_choice forces tool use.';
  const opens = messages.at(-1)?.content[0]?.type === 'tool_result';
  const first = messages.at(-2)?.content[0]?.type;
  if (opens && first !== 'thinking' && first !== 'redacted_thinking') return `messages.${messages.length - 2}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`.`;
  return null;
}

function formatFault({ output_config: config = {}, model }: MessagesRequest): string | null {
  const extra = Object.keys(config).find((name) => name !== 'effort' && name !== 'format');
  if (extra !== undefined) return `output_config.${extra}: Extra inputs are not permitted`;
  if ('effort' in config && model === 'claude-sonnet-4-5-20250929') return 'This model does not support the effort parameter.';
  const { format } = config;
  if (format === undefined) return null;
  if (!isFields(format) || !isFields(format['schema'])) return 'output_config.format.schema: Field required';
  if (openObject(format['schema'])) return "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false";
  const text = JSON.stringify(format['schema']);
  const bad = ['minimum', 'maximum', 'minLength', 'maxLength', 'pattern', 'oneOf', 'maxItems', 'not', 'if'].find((word) => text.includes(`"${word}":`));
  return bad === undefined ? null : `output_config.format.schema: For '${bad}', property is not supported`;
}

function openObject(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(openObject);
  if (!isFields(schema)) return false;
  if (schema['type'] === 'object' && schema['additionalProperties'] !== false) return true;
  return Object.values(schema).some(openObject);
}

function cacheFault({ messages, system = [], tools = [] }: MessagesRequest): string | null {
  const blocks = messages.flatMap(({ content }) => content);
  const marked = [...system, ...tools, ...blocks].filter((block) => 'cache_control' in block);
  if (marked.length > 4) return `A maximum of 4 blocks with cache_control may be provided. Found ${marked.length}.`;
  const ofThought = blocks.some((block) => block.type.endsWith('thinking') && 'cache_control' in block);
  return ofThought ? 'thinking.cache_control: Extra inputs are not permitted' : null;
}

function blank(value: unknown): boolean {
  return typeof value !== 'string' || value.trim() === '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
