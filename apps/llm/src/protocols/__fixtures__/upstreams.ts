import type { JsonObject } from '@antiphon/contracts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { providerTable } from '../../presets/provider-table.ts';
import { quirksFor } from '../quirks/resolve-quirks.ts';
import { anthropicMessages } from '../anthropic-messages/index.ts';
import { bedrockConverse } from '../bedrock-converse/index.ts';
import { chatCompletions } from '../chat-completions/index.ts';
import { gemini } from '../gemini/index.ts';
import { ollama } from '../ollama/index.ts';
import { openAiResponses } from '../openai-responses/index.ts';
import type { ModelTarget, Protocol, ProtocolTurn } from '../protocol.ts';

type Changes = Parameters<typeof modelRequest>[1];

/** A provider of each API, with the events of its answers. */
export interface Upstream {
  protocol: Protocol;
  model: string;
  /** The row of its quirks. */
  preset: string;
  /** Events of a text that goes on. */
  text: readonly object[];
  /** Events of the call `look({"at":"sea"})`, with these arguments in place of its own. */
  call: (args: string) => readonly object[];
  /** The end of an answer, by itself and after a call, and by the limit of tokens. */
  end: readonly object[];
  endOfCall: readonly object[];
  endByLimit: readonly object[];
  /** An error in the middle of an answer. */
  error: object;
}

const responsesCall = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look' };
const claudeEnd = (reason: string) => [
  { type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: 3 } },
  { type: 'message_stop' },
];
const converseEnd = (stopReason: string) => [
  { messageStop: { stopReason } },
  { metadata: { usage: { inputTokens: 5, outputTokens: 3 } } },
];
const chatEnd = (reason: string) => [{ choices: [{ index: 0, delta: {}, finish_reason: reason }] }];
const geminiChunk = (parts: readonly object[], finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason && { finishReason }) }],
});
const responseEnd = (status: string, more: object = {}) => [
  { type: `response.${status}`, response: { id: 'resp_1', status, output: [], ...more } },
];
const ollamaEnd = (reason: string) => [{ model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: reason }];

export const upstreams: Readonly<Record<string, Upstream>> = {
  'OpenAI Responses': {
    protocol: openAiResponses,
    model: 'gpt-5',
    preset: 'openai',
    text: [{ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Half' }],
    call: (args) => [
      { type: 'response.output_item.added', output_index: 1, item: { ...responsesCall, arguments: '' } },
      { type: 'response.function_call_arguments.delta', output_index: 1, item_id: 'fc_1', delta: args },
    ],
    end: responseEnd('completed'),
    endOfCall: responseEnd('completed'),
    endByLimit: responseEnd('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }),
    error: { type: 'error', code: 'server_error', message: 'The sea is rough' },
  },
  'chat completions': {
    protocol: chatCompletions,
    model: 'deepseek-chat',
    preset: 'deepseek',
    text: [{ choices: [{ index: 0, delta: { content: 'Half' } }] }],
    call: (args) => [
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: args } }] } }] },
    ],
    end: chatEnd('stop'),
    endOfCall: chatEnd('tool_calls'),
    endByLimit: chatEnd('length'),
    error: { error: { message: 'The sea is rough', type: 'server_error' } },
  },
  'Anthropic Messages': {
    protocol: anthropicMessages,
    model: 'claude-sonnet-4-5',
    preset: 'anthropic',
    text: [
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half' } },
    ],
    call: (args) => [
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: args } },
    ],
    end: claudeEnd('end_turn'),
    endOfCall: claudeEnd('tool_use'),
    endByLimit: claudeEnd('max_tokens'),
    error: { type: 'error', error: { type: 'api_error', message: 'The sea is rough' } },
  },
  Gemini: {
    protocol: gemini,
    model: 'gemini-2.5-flash',
    preset: 'gemini',
    text: [geminiChunk([{ text: 'Half' }])],
    // Gemini sends arguments as an object; what it cannot parse it reports itself.
    call: (args) => [args === '{"at":"sea"}' ? geminiChunk([{ functionCall: { name: 'look', args: { at: 'sea' } } }]) : geminiChunk([], 'MALFORMED_FUNCTION_CALL')],
    end: [geminiChunk([], 'STOP')],
    endOfCall: [geminiChunk([], 'STOP')],
    endByLimit: [geminiChunk([], 'MAX_TOKENS')],
    error: { error: { code: 500, message: 'The sea is rough', status: 'INTERNAL' } },
  },
  'Bedrock Converse': {
    protocol: bedrockConverse,
    model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    preset: 'bedrock',
    text: [{ contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Half' } } }],
    call: (args) => [
      { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 'tooluse_1', name: 'look' } } } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: args } } } },
    ],
    end: converseEnd('end_turn'),
    endOfCall: converseEnd('tool_use'),
    endByLimit: converseEnd('max_tokens'),
    error: { internalServerException: { message: 'The sea is rough' } },
  },
  Ollama: {
    protocol: ollama,
    model: 'llama3.1:8b',
    preset: 'ollama',
    text: [{ model: 'm', message: { role: 'assistant', content: 'Half' }, done: false }],
    call: (args) => [
      { model: 'm', message: { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look', arguments: args } }] }, done: false },
    ],
    end: ollamaEnd('stop'),
    endOfCall: ollamaEnd('stop'),
    endByLimit: ollamaEnd('length'),
    error: { error: 'The sea is rough' },
  },
};

/** What a provider of this API is to its protocol. */
export function targetOf({ protocol, model, preset }: Upstream, account: string): ModelTarget {
  return {
    title: account,
    account,
    basePath: '/v1',
    query: '',
    host: account,
    quirks: quirksFor(model, { preset: providerTable[preset] ?? null, settings: {}, protocol: protocol.quirks }),
    facts: null,
    isStreamed: true,
  };
}

/** A turn of a provider, whose account has its name. */
export function turnOf(name: string, changes: Changes = {}): ProtocolTurn {
  const upstream = upstreams[name];
  if (upstream === undefined) throw new Error(`no upstream ${name}`);
  return upstream.protocol.turn(modelRequest('Look around', { model: upstream.model, ...changes }), targetOf(upstream, name));
}

export function bodyOf(name: string, changes: Changes = {}): JsonObject {
  return JSON.parse(turnOf(name, changes).body) as JsonObject; // protocols send objects
}
