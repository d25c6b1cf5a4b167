type Fields = Record<string, unknown>;

export interface ConverseRequest extends Fields {
  messages: { role: string; content: Fields[] }[];
  system?: Fields[];
  toolConfig?: { tools: Fields[]; toolChoice?: Fields };
  inferenceConfig?: Fields;
  additionalModelRequestFields?: Fields;
}

interface StrictModel {
  caches: readonly ('tools' | 'system' | 'messages')[];
  mixes: boolean;
  samples: boolean;
  /** The names at the root of a tool's schema; null: no restriction. */
  toolWords: readonly string[] | null;
  fields: readonly string[];
  ids: RegExp;
}

const anyId = /^[a-zA-Z0-9_-]{1,64}$/;
const claude = ['thinking', 'output_config', 'tool_choice', 'anthropic_beta'];

/** What the models of the strict server accept, from Bedrock's user guide and independent of the code under test. */
const models: Record<string, StrictModel> = {
  'anthropic.claude-sonnet-4-5-20250929-v1:0': { caches: ['tools', 'system', 'messages'], mixes: true, samples: true, toolWords: null, fields: claude, ids: anyId },
  'us.anthropic.claude-opus-4-8': { caches: ['tools', 'system', 'messages'], mixes: true, samples: false, toolWords: null, fields: claude, ids: anyId },
  'amazon.nova-2-lite-v1:0': { caches: ['system', 'messages'], mixes: true, samples: true, toolWords: ['type', 'properties', 'required'], fields: ['reasoningConfig'], ids: anyId },
  'meta.llama3-1-70b-instruct-v1:0': { caches: [], mixes: false, samples: true, toolWords: null, fields: [], ids: anyId },
  'mistral.mistral-large-2407-v1:0': { caches: [], mixes: false, samples: true, toolWords: null, fields: [], ids: /^[a-zA-Z0-9]{9}$/ },
};

const fields = ['messages', 'system', 'toolConfig', 'inferenceConfig', 'outputConfig', 'additionalModelRequestFields', 'serviceTier'];

/** The sentence with which Bedrock refuses a request; null for one that it accepts. */
export function faultIn(modelId: string, body: ConverseRequest): string | null {
  const model = models[modelId];
  if (model === undefined) return 'The provided model identifier is invalid.';
  const extra = Object.keys(body).find((name) => !fields.includes(name));
  if (extra !== undefined) return `Unknown field ${extra}`;
  const own = Object.keys(body.additionalModelRequestFields ?? {}).find((name) => !model.fields.includes(name));
  if (own !== undefined) return `The model returned the following errors: extraneous key [${own}] is not permitted`;
  return messageFault(body, model) ?? toolFault(body, model) ?? settingFault(body, model) ?? cacheFault(body, model);
}

function messageFault({ messages, toolConfig, system = [] }: ConverseRequest, model: StrictModel): string | null {
  if (messages[0]?.role !== 'user') return 'A conversation must start with a user message. Try again with a conversation that starts with a user message.';
  if (messages.at(-1)?.role !== 'user') return 'This model does not support assistant message prefill.';
  const documents: unknown[] = [];
  for (const [at, { role, content }] of messages.entries()) {
    if (role === messages[at - 1]?.role) return 'A conversation must alternate between user and assistant roles.';
    if (content.length === 0) return `The content field in the Message object at messages.${at} is empty.`;
    for (const block of content) {
      if (Object.keys(block).length !== 1) return `Invalid union at messages.${at}`;
      if ('text' in block && blank(block['text'])) return `The text field in the ContentBlock object at messages.${at} is blank.`;
      const document = fieldsOf(block['document']);
      if (document['name'] !== undefined) documents.push(document['name']);
    }
    if (content.some((block) => 'document' in block) && !content.some((block) => 'text' in block)) return 'A text block must be included with a document.';
    const calls = content.map((block) => fieldsOf(block['toolUse'])).filter(({ toolUseId }) => toolUseId !== undefined);
    const bad = calls.find(({ toolUseId }) => !model.ids.test(String(toolUseId)));
    if (bad !== undefined) return `Value '${String(bad['toolUseId'])}' at toolUseId failed to satisfy constraint`;
    const results = resultsOf(messages[at + 1]?.content).map(({ toolUseId }) => toolUseId);
    if (calls.some(({ toolUseId }) => !results.includes(toolUseId))) return `Expected toolResult blocks at messages.${at + 1}.content for the following Ids`;
    const before = messages[at - 1]?.content.map((block) => fieldsOf(block['toolUse'])['toolUseId']) ?? [];
    const own = resultsOf(content);
    if (own.some(({ toolUseId }) => !before.includes(toolUseId))) return `The number of toolResult blocks at messages.${at}.content exceeds the number of toolUse blocks of previous turn.`;
    if (own.length > 0 && own.length < content.filter((block) => !('cachePoint' in block)).length && !model.mixes)
      return "This model doesn't support conversation content and tool results in the same turn.";
    if ((calls.length > 0 || own.length > 0) && toolConfig === undefined) return 'The toolConfig field must be defined when using toolUse and toolResult content blocks.';
    for (const result of own) {
      const parts = result['content'];
      if (!Array.isArray(parts) || parts.length === 0 || parts.some((part) => 'text' in fieldsOf(part) && blank(fieldsOf(part)['text']))) return 'The content field in the ToolResultBlock is empty.';
      if ('status' in result && !model.mixes) return "This model doesn't support the status field.";
    }
    if (role === 'assistant')
      for (const block of content) {
        const { reasoningText } = fieldsOf(block['reasoningContent']);
        if (reasoningText !== undefined && !/^signed\+\d+\/==$/.test(String(fieldsOf(reasoningText)['signature']))) return 'Invalid `signature` in `thinking` block';
      }
  }
  if (new Set(documents).size < documents.length) return 'The document names must be unique.';
  return system.some((block) => 'text' in block && blank(block['text'])) ? 'The text field in the SystemContentBlock is blank.' : null;
}

function toolFault({ toolConfig }: ConverseRequest, model: StrictModel): string | null {
  if (toolConfig === undefined) return null;
  if (toolConfig.tools.length === 0) return 'toolConfig.tools must have at least one item';
  for (const tool of toolConfig.tools) {
    if ('cachePoint' in tool) continue;
    const { name, inputSchema } = fieldsOf(tool['toolSpec']);
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(name))) return `Value '${String(name)}' at toolConfig.tools.1.member.toolSpec.name failed to satisfy constraint`;
    const schema = fieldsOf(fieldsOf(inputSchema)['json']);
    if (schema['type'] !== 'object') return 'The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.';
    const word = Object.keys(schema).find((key) => model.toolWords?.includes(key) === false);
    if (word !== undefined) return `The model does not accept ${word} in inputSchema.json`;
    if (model.toolWords !== null && JSON.stringify(schema).includes('"$ref"')) return 'The model does not accept $ref in inputSchema.json';
  }
  return null;
}

function settingFault({ inferenceConfig = {}, additionalModelRequestFields: own = {} }: ConverseRequest, model: StrictModel): string | null {
  const extra = Object.keys(inferenceConfig).find((name) => !['maxTokens', 'temperature', 'topP', 'stopSequences'].includes(name));
  if (extra !== undefined) return `Unknown field inferenceConfig.${extra}`;
  const samples = ['temperature', 'topP'].filter((name) => name in inferenceConfig);
  if (samples.length > 0 && !model.samples) return `${samples[0]}: not supported for this model`;
  if (Number(inferenceConfig['temperature'] ?? 0) > 1) return 'temperature must be at most 1';
  const thinking = fieldsOf(own['thinking']);
  if (thinking['type'] !== 'enabled') return null;
  if (!model.samples) return '"thinking.type.enabled" is not supported for this model.';
  if (samples.length > 0) return '`temperature` may only be set to 1 when thinking is enabled.';
  const limit = Number(inferenceConfig['maxTokens'] ?? 4096);
  return Number(thinking['budget_tokens']) < limit ? null : '`max_tokens` must be greater than `thinking.budget_tokens`.';
}

function cacheFault({ system = [], toolConfig, messages }: ConverseRequest, model: StrictModel): string | null {
  const points = {
    system: system.filter((block) => 'cachePoint' in block).length,
    tools: (toolConfig?.tools ?? []).filter((tool) => 'cachePoint' in tool).length,
    messages: messages.flatMap(({ content }) => content).filter((block) => 'cachePoint' in block).length,
  };
  for (const place of ['system', 'tools', 'messages'] as const)
    if (points[place] > 0 && !model.caches.includes(place)) return 'You invoked an unsupported model or your request did not allow prompt caching.';
  return points.system + points.tools + points.messages > 4 ? 'The maximum number of cache points is 4.' : null;
}

function resultsOf(content: readonly Fields[] = []): Fields[] {
  return content.flatMap((block) => ('toolResult' in block ? [fieldsOf(block['toolResult'])] : []));
}

function blank(value: unknown): boolean {
  return typeof value !== 'string' || value.trim() === '';
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
