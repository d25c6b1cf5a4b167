import type { JsonObject, JsonValue } from '@antiphon/contracts';
import type { ModelFacts } from '../../models/model-facts.ts';
import type { ProviderRequest } from '../../providers/provider.ts';
import { toInlinedSchema } from '../requests/inlined-schema.ts';
import { type OllamaMessage, toOllamaMessages } from './messages.ts';

/** The body of `/api/chat`. `options` leaves `num_ctx` to the server, whose operator knows its memory. */
export interface ChatBody {
  model: string;
  messages: OllamaMessage[];
  stream: boolean;
  /** A context that is too long is an error; else Ollama truncates it silently. */
  truncate: false;
  tools?: { type: 'function'; function: { name: string; description?: string; parameters: JsonObject } }[];
  format?: 'json' | JsonObject;
  options?: JsonObject;
  think?: boolean | 'low' | 'medium' | 'high';
  logprobs?: true;
  top_logprobs?: number;
}

export interface ChatBodyOptions {
  /** The account of the provider: its thoughts are sent back to it alone. */
  account: string;
  facts: Pick<ModelFacts, 'hasReasoning'> | null;
  isStreamed: boolean;
}

/** Converts a model turn. Throws `model_refused` with the path of what this API cannot express. */
export function toChatBody(
  request: ProviderRequest,
  { account, facts, isStreamed }: ChatBodyOptions,
): ChatBody {
  const { settings } = request;
  const rule = choiceRule(request);
  const instructions = [request.instructions ?? '', rule].filter((text) => text !== '').join('\n\n');
  const tools = offeredTools(request);
  const options = optionsOf(request);
  const think = thinkOf(request, facts);
  return {
    model: request.model,
    messages: toOllamaMessages(instructions, request.items, account),
    stream: isStreamed,
    truncate: false,
    ...(tools.length > 0 && { tools }),
    ...formatOf(settings.textFormat),
    ...(Object.keys(options).length > 0 && { options }),
    ...(think !== null && { think }),
    ...(settings.topLogprobs !== undefined && { logprobs: true as const }),
    ...(settings.topLogprobs && { top_logprobs: settings.topLogprobs }),
  };
}

/** The API has no tool choice: the offered tools and an instruction express it. */
function offeredTools({ tools, toolChoice }: ProviderRequest): NonNullable<ChatBody['tools']> {
  if (toolChoice === 'none') return [];
  return tools.flatMap((tool, place) => {
    if (typeof toolChoice !== 'string' && tool.name !== toolChoice.name) return [];
    const parameters: JsonObject =
      tool.parameters === null
        ? {}
        : toInlinedSchema(tool.parameters, `tools[${place}].parameters`, { keepsRecursion: false });
    return [
      {
        type: 'function' as const,
        function: {
          name: tool.name,
          ...(tool.description && { description: tool.description }),
          // The server parses these three and refuses other forms.
          parameters: { ...parameters, type: 'object', properties: parameters['properties'] ?? {} },
        },
      },
    ];
  });
}

function choiceRule({ tools, toolChoice }: ProviderRequest): string {
  if (tools.length === 0 || toolChoice === 'auto' || toolChoice === 'none') return '';
  return toolChoice === 'required'
    ? 'Do not answer with text: call one of the tools.'
    : `Do not answer with text: call the tool ${toolChoice.name}.`;
}

function formatOf(format: ProviderRequest['settings']['textFormat']): Pick<ChatBody, 'format'> {
  if (format.type === 'text') return {};
  return { format: format.type === 'json_object' ? 'json' : format.schema };
}

function optionsOf({ settings, chatFields }: ProviderRequest): JsonObject {
  const { stop } = chatFields;
  const named: Record<string, JsonValue | undefined> = {
    temperature: settings.temperature ?? undefined,
    top_p: settings.topP ?? undefined,
    num_predict: settings.maxOutputTokens ?? undefined,
    presence_penalty: settings.presencePenalty ?? undefined,
    frequency_penalty: settings.frequencyPenalty ?? undefined,
    stop: typeof stop === 'string' ? [stop] : stop,
    seed: chatFields['seed'],
    top_k: chatFields['top_k'],
    min_p: chatFields['min_p'],
    repeat_penalty: chatFields['repetition_penalty'],
  };
  const options: JsonObject = {};
  for (const [name, value] of Object.entries(named)) if (value !== undefined) options[name] = value;
  return options;
}

/**
 * Whether the model thinks. gpt-oss always does, and knows three efforts. Other models that can think do so unless it is switched off, and a
 * model that cannot is refused with `true`.
 */
function thinkOf(
  { model, settings: { reasoningEffort: effort } }: ProviderRequest,
  facts: ChatBodyOptions['facts'],
): NonNullable<ChatBody['think']> | null {
  if (effort === null) return null;
  if (/\bgpt-oss\b/i.test(model)) {
    if (effort === 'none' || effort === 'minimal') return 'low';
    return effort === 'xhigh' || effort === 'max' ? 'high' : effort;
  }
  if (effort === 'none') return false;
  return facts?.hasReasoning === true ? true : null;
}
