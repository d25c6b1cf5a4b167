import {
  AppError,
  type CreateResponse,
  type IdKind,
  type ModelSettings,
  newId,
  read,
  type TextFormat,
} from '@antiphon/contracts';
import { checkToolChoice } from '../common/tool-choice.ts';
import type { DecodedCreate } from '../dialect.ts';
import { decodeMessages } from './blocks/decode-messages.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { CountRequest, CreateRequest } from './schema.ts';

/** The create request in the neutral model. `makeId` makes the ids of the input items. Throws `invalid_request`. */
export function decodeCreate(body: unknown, makeId: (kind: IdKind) => string = newId): DecodedCreate {
  const wire = read(CreateRequest, body);
  return { request: requestOf(wire, makeId), reply: wire.stream ? 'stream' : 'json' };
}

/** The request whose tokens are counted. It has no limit of output, which changes nothing of its input. Throws `invalid_request`. */
export function decodeCount(body: unknown): CreateResponse {
  return requestOf({ ...read(CountRequest, body), max_tokens: 1 }, newId);
}

function requestOf(wire: CreateRequest, makeId: (kind: IdKind) => string): CreateResponse {
  refuseThread(wire);
  const request: CreateResponse = {
    dialect: 'messages',
    model: wire.model,
    input: decodeMessages(wire.messages, makeId),
    instructions: systemOf(wire.system),
    ...decodeTools(wire),
    toolChoice: decodeToolChoice(wire.tool_choice),
    settings: decodeSettings(wire),
    keepsContext: true,
    // The signature of a thinking block.
    sealsReasoning: true,
    depthMax: null,
    onPause: 'hand_back',
    metadata: {},
    webhookUrl: null,
    conversationId: null,
    previousResponseId: null,
    background: false,
    stored: false,
  };
  checkToolChoice(request);
  return request;
}

/** The stock client sends the whole conversation after this error, in place of the new messages of a stored one. */
function refuseThread({ thread }: CreateRequest): void {
  if (thread === undefined || thread === null) return;
  const message = 'thread must be left out: nothing is stored here. Send the whole conversation.';
  throw new AppError('invalid_request', message, { param: 'thread', reason: 'thread_unsupported_request' });
}

function systemOf(system: CreateRequest['system']): string | null {
  const text = typeof system === 'string' ? system : (system ?? []).map((block) => block.text).join('\n\n');
  return text === '' ? null : text;
}

function decodeSettings(wire: CreateRequest): ModelSettings {
  const { tool_choice: choice, thinking } = wire;
  const isSingle = choice && choice.type !== 'none' && choice.disable_parallel_tool_use;
  const showsThoughts = thinking && 'display' in thinking ? thinking.display !== 'omitted' : isThinking(wire);
  return {
    temperature: wire.temperature ?? null,
    topP: wire.top_p ?? null,
    presencePenalty: null,
    frequencyPenalty: null,
    maxOutputTokens: wire.max_tokens,
    parallelToolCalls: isSingle ? false : null,
    reasoningEffort: decodeEffort(wire),
    textFormat: decodeFormat(wire.output_config?.format ?? wire.output_format),
    ...(showsThoughts && { reasoningSummary: 'auto' as const }),
    ...(wire.metadata?.user_id && { user: wire.metadata.user_id }),
    ...(wire.service_tier === 'standard_only' && { serviceTier: 'default' }),
    ...(wire.stop_sequences?.length && { stopSequences: wire.stop_sequences }),
    ...(typeof wire.top_k === 'number' && { topK: wire.top_k }),
  };
}

function isThinking({ thinking }: CreateRequest): boolean {
  return thinking?.type === 'enabled' || thinking?.type === 'adaptive';
}

/** The efforts by the smallest budget that stands for them. */
const effortsByBudget = [
  ['max', 49_152],
  ['xhigh', 32_768],
  ['high', 24_576],
  ['medium', 8_192],
  ['low', 2_048],
] as const;

/** A model that decides for itself thinks with high effort unless the request says otherwise, as Anthropic's models do. */
function decodeEffort({ thinking, output_config: output }: CreateRequest): ModelSettings['reasoningEffort'] {
  switch (thinking?.type) {
    case 'disabled':
    case 'between_tools':
      return 'none';
    case 'adaptive':
      return output?.effort ?? 'high';
    case 'enabled': {
      const { budget_tokens: budget } = thinking;
      const effort = effortsByBudget.find(([, least]) => budget >= least)?.[0] ?? 'minimal';
      return output?.effort ?? effort;
    }
    case undefined:
      return output?.effort ?? null;
  }
}

function decodeFormat(format: NonNullable<CreateRequest['output_config']>['format']): TextFormat {
  if (!format) return { type: 'text' };
  return { type: 'json_schema', name: 'output', description: null, schema: format.schema, strict: true };
}
