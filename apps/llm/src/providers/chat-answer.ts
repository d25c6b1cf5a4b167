import {
  type Citation,
  type FinishReason,
  type JsonObject,
  type ModelDelta,
  newId,
  type ThoughtOrigin,
  type TokenLogprob,
  type Usage,
} from '@antiphon/contracts';
import type { StreamDecoder } from './event-stream.ts';
import { isObject, parseObject, type UnknownObject } from './json-object.ts';
import { protocolError, streamedError, unfinishedError } from './provider-errors.ts';
import { estimateTokens } from './token-estimate.ts';

export interface ChatAnswerOptions {
  provider: string;
  /** Names the server that answers: what only it can read goes back to it alone. */
  host: string;
  /** The model as it was asked for, until the provider says what answered. */
  model: string;
  /** How large the request was, should the provider not count. */
  estimateInputTokens: () => number;
}

/** A tool call that is being received. */
interface OpenCall {
  number: number;
  /** As the provider sent it; empty if it did not. */
  id: string;
  /** What came before the name did. */
  early: string;
  hasBegun: boolean;
  hasArguments: boolean;
  extraContent?: JsonObject;
}

type ThoughtField = ThoughtOrigin['field'];

/** The fields that providers put thoughts into. */
const thoughtFields: readonly ThoughtField[] = ['reasoning_content', 'reasoning'];

/**
 * Reads the chunks of a streamed chat completion. Compatible servers differ most in their tool calls: some leave out the index or the
 * id, some send each call whole, some give all parallel calls the index 0; all of these are understood.
 */
export class ChatAnswer implements StreamDecoder<ModelDelta> {
  isDone = false;
  #finishReason: FinishReason | undefined;
  #usage: UnknownObject | undefined;
  #model: string;
  /** By index, the call that chunks with this index go on with. */
  readonly #callsByIndex = new Map<number, OpenCall>();
  readonly #calls: OpenCall[] = [];
  /** Characters received, for the estimate of servers that do not count. */
  #answerLength = 0;
  #reasoningLength = 0;
  #thoughtField: ThoughtField | undefined;
  readonly #thoughtDetails: JsonObject[] = [];
  #hasNewDetails = false;
  #serviceTier: string | undefined;

  constructor(private readonly options: ChatAnswerOptions) {
    this.#model = options.model;
  }

  event(data: string, burst: ModelDelta[]): void {
    if (data === '[DONE]') {
      this.end(burst);
      return;
    }
    const chunk = parseObject(data);
    if (chunk === undefined)
      throw protocolError(this.options.provider, 'sent an event that is not a JSON object');
    this.#readChunk(chunk, 'delta', burst);
  }

  whole(body: string, burst: ModelDelta[]): void {
    const completion = parseObject(body);
    if (completion === undefined)
      throw protocolError(this.options.provider, 'answered with something that is not a JSON object');
    this.#readChunk(completion, 'message', burst);
    this.end(burst);
  }

  end(burst: ModelDelta[]): void {
    if (this.isDone) return;
    if (this.#finishReason === undefined) throw unfinishedError(this.options.provider);
    for (const call of this.#calls) {
      if (!call.hasBegun) throw protocolError(this.options.provider, 'asked for a tool without naming it');
      // Many servers send nothing for a tool without parameters.
      if (!call.hasArguments) burst.push({ type: 'arguments', call: call.number, text: '{}' });
      if (call.extraContent) {
        const origin = { provider: this.options.host, extraContent: call.extraContent };
        burst.push({ type: 'call_origin', call: call.number, origin });
      }
    }
    this.#pushDetails(burst);
    // Several servers say `stop` although they ask for tools.
    const finishReason =
      this.#calls.length > 0 && this.#finishReason === 'stop' ? 'tool_calls' : this.#finishReason;
    this.isDone = true;
    burst.push({
      type: 'end',
      finishReason,
      usage: this.#finalUsage(),
      model: this.#model,
      ...(this.#serviceTier !== undefined && { serviceTier: this.#serviceTier }),
    });
  }

  /** Begins the thought, which may have no text that can be read. */
  #beginThought(field: ThoughtField, burst: ModelDelta[]): void {
    if (this.#thoughtField !== undefined) return;
    this.#thoughtField = field;
    this.#pushThoughtOrigin(burst);
  }

  #pushThoughtOrigin(burst: ModelDelta[]): void {
    const origin: ThoughtOrigin = { provider: this.options.host, field: this.#thoughtField ?? 'reasoning' };
    if (this.#thoughtDetails.length > 0) origin.details = structuredClone(this.#thoughtDetails);
    burst.push({ type: 'reasoning_origin', origin });
  }

  /** The thought is done when something else begins, so its details go ahead of that. */
  #pushDetails(burst: ModelDelta[]): void {
    if (this.#hasNewDetails) this.#pushThoughtOrigin(burst);
    this.#hasNewDetails = false;
  }

  #readChunk(chunk: UnknownObject, field: 'delta' | 'message', burst: ModelDelta[]): void {
    if (chunk['error'] !== undefined && chunk['error'] !== null)
      throw streamedError(this.options.provider, chunk);
    if (typeof chunk['model'] === 'string' && chunk['model'] !== '') this.#model = chunk['model'];
    if (typeof chunk['service_tier'] === 'string' && chunk['service_tier'] !== '')
      this.#serviceTier = chunk['service_tier'];
    const usage = chunk['usage'] ?? (isObject(chunk['x_groq']) ? chunk['x_groq']['usage'] : undefined);
    if (isObject(usage)) this.#usage = usage;

    const choice: unknown = Array.isArray(chunk['choices']) ? chunk['choices'][0] : undefined;
    if (!isObject(choice)) return;
    const delta = choice[field];
    if (isObject(delta)) this.#readDelta(delta, readLogprobs(choice['logprobs']), burst);
    if (typeof choice['finish_reason'] === 'string') {
      if (failures.has(choice['finish_reason'])) throw streamedError(this.options.provider, choice);
      this.#finishReason = finishReasons[choice['finish_reason']] ?? 'stop';
    }
  }

  #readDelta(delta: UnknownObject, logprobs: TokenLogprob[], burst: ModelDelta[]): void {
    for (const field of thoughtFields) {
      const thought = delta[field];
      if (typeof thought !== 'string' || thought === '') continue;
      this.#beginThought(field, burst);
      this.#pushReasoning(thought, burst);
      break;
    }
    const details: unknown = delta['reasoning_details'];
    if (Array.isArray(details) && details.length > 0) {
      this.#beginThought('reasoning', burst);
      addDetails(this.#thoughtDetails, details);
      this.#hasNewDetails = true;
    }
    const content = readContent(delta['content']);
    this.#pushReasoning(content.thought, burst);
    if (content.text !== '') {
      this.#answerLength += content.text.length;
      this.#pushDetails(burst);
      burst.push({ type: 'text', text: content.text, ...(logprobs.length > 0 && { logprobs }) });
    }
    for (const citation of readCitations(delta['annotations'])) burst.push({ type: 'citation', citation });
    const refusal = delta['refusal'];
    if (typeof refusal === 'string' && refusal !== '') {
      this.#answerLength += refusal.length;
      this.#pushDetails(burst);
      burst.push({ type: 'refusal', text: refusal });
    }
    const pieces: unknown = delta['tool_calls'];
    if (Array.isArray(pieces))
      for (const piece of pieces) if (isObject(piece)) this.#readCallPiece(piece, burst);
  }

  #pushReasoning(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.#reasoningLength += text.length;
    burst.push({ type: 'reasoning', text });
  }

  #readCallPiece(piece: UnknownObject, burst: ModelDelta[]): void {
    const id = typeof piece['id'] === 'string' ? piece['id'] : '';
    const described = isObject(piece['function']) ? piece['function'] : {};
    const name = typeof described['name'] === 'string' ? described['name'] : '';
    const args = argumentsText(described['arguments']);
    const call = this.#callOf(typeof piece['index'] === 'number' ? piece['index'] : undefined, id, name);

    if (call.id === '') call.id = id;
    if (isObject(piece['extra_content'])) call.extraContent = asJson(piece['extra_content']);
    if (!call.hasBegun && name !== '') {
      call.hasBegun = true;
      this.#pushDetails(burst);
      burst.push({ type: 'call', call: call.number, callId: call.id === '' ? newId('call') : call.id, name });
      if (call.early !== '') this.#pushArguments(call, call.early, burst);
    }
    if (args === '') return;
    if (call.hasBegun) this.#pushArguments(call, args, burst);
    else call.early += args;
  }

  #pushArguments(call: OpenCall, args: string, burst: ModelDelta[]): void {
    call.hasArguments = true;
    this.#answerLength += args.length;
    burst.push({ type: 'arguments', call: call.number, text: args });
  }

  /** The call a piece belongs to. */
  #callOf(index: number | undefined, id: string, name: string): OpenCall {
    const open = index === undefined ? this.#calls.at(-1) : this.#callsByIndex.get(index);
    if (open !== undefined && !beginsAnother(open, index, id, name)) return open;
    const call: OpenCall = {
      number: this.#calls.length,
      id,
      early: '',
      hasBegun: false,
      hasArguments: false,
    };
    this.#calls.push(call);
    if (index !== undefined) this.#callsByIndex.set(index, call);
    return call;
  }

  #finalUsage(): Usage {
    if (this.#usage !== undefined) return readUsage(this.#usage);
    // The provider did not count: an estimate is better than a run that seems to have cost nothing.
    const inputTokens = this.options.estimateInputTokens();
    const reasoningTokens = estimateTokens(this.#reasoningLength);
    const outputTokens = estimateTokens(this.#answerLength) + reasoningTokens;
    return {
      inputTokens,
      outputTokens,
      totalTokens: inputTokens + outputTokens,
      cachedInputTokens: 0,
      reasoningTokens,
    };
  }
}

/**
 * Whether a piece with a name begins another call than the one that is open. A name is sent once a call, save by servers that repeat it
 * with every piece, and those repeat the id too; ids alone say nothing, since some servers invent one for every piece.
 */
function beginsAnother(open: OpenCall, index: number | undefined, id: string, name: string): boolean {
  if (name === '' || !open.hasBegun) return false;
  if (id !== '') return id !== open.id;
  return index === undefined;
}

/** Text, or parts as Mistral sends them, which hold the thoughts as well. */
function readContent(content: unknown): { text: string; thought: string } {
  const said = { text: typeof content === 'string' ? content : '', thought: '' };
  if (!Array.isArray(content)) return said;
  for (const part of content) {
    if (!isObject(part)) continue;
    if (part['type'] === 'text' && typeof part['text'] === 'string') said.text += part['text'];
    if (part['type'] === 'thinking') said.thought += readContent(part['thinking']).text;
  }
  return said;
}

/** Pages that an answer goes back to, as OpenAI's search models tell of them; what is told in another way is left out. */
function readCitations(annotations: unknown): Citation[] {
  if (!Array.isArray(annotations)) return [];
  return annotations.flatMap((annotation: unknown) => {
    const citation = isObject(annotation) ? annotation['url_citation'] : undefined;
    if (!isObject(citation) || typeof citation['url'] !== 'string') return [];
    const { url, title, start_index: start, end_index: end } = citation;
    return [
      { url, title: typeof title === 'string' ? title : '', startIndex: count(start), endIndex: count(end) },
    ];
  });
}

/** Parts of a thought come in pieces as well: those of one index and type are one part, its texts put together. */
function addDetails(details: JsonObject[], pieces: readonly unknown[]): void {
  for (const piece of pieces) {
    if (!isObject(piece)) continue;
    const last = details.at(-1);
    if (last && last['index'] === piece['index'] && last['type'] === piece['type']) {
      for (const [name, value] of Object.entries(asJson(piece))) {
        const before = last[name];
        const isMore = detailTexts.has(name) && typeof before === 'string' && typeof value === 'string';
        if (value !== null) last[name] = isMore ? before + value : value;
      }
    } else details.push(asJson(piece));
  }
}

const detailTexts = new Set(['text', 'summary', 'data']);

/** What was parsed from JSON. */
function asJson(value: UnknownObject): JsonObject {
  return value as JsonObject;
}

/** Some servers send the arguments as an object instead of its text. */
function argumentsText(args: unknown): string {
  if (typeof args === 'string') return args;
  return isObject(args) ? JSON.stringify(args) : '';
}

/** What a provider tells of its tokens; what it tells in another way is left out. */
function readLogprobs(logprobs: unknown): TokenLogprob[] {
  const tokens: unknown = isObject(logprobs) ? logprobs['content'] : undefined;
  return readTokens(tokens).map(({ token, top }) => ({
    ...token,
    top: readTokens(top).map((entry) => entry.token),
  }));
}

function readTokens(tokens: unknown): { token: Omit<TokenLogprob, 'top'>; top: unknown }[] {
  if (!Array.isArray(tokens)) return [];
  return tokens.flatMap((entry: unknown) => {
    if (!isObject(entry)) return [];
    const { token, logprob, bytes, top_logprobs: top } = entry;
    if (typeof token !== 'string' || typeof logprob !== 'number') return [];
    const isUtf8 = Array.isArray(bytes) && bytes.every(Number.isInteger);
    return [
      { token: { token, logprob, bytes: isUtf8 ? (bytes as number[]) : [...Buffer.from(token)] }, top },
    ];
  });
}

/** What servers call the ways to stop; anything else is `stop`. */
const finishReasons: Record<string, FinishReason> = {
  stop: 'stop',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  content_filter: 'content_filter',
  sensitive: 'content_filter',
};

/** What servers call it when they gave up: what came is half an answer. */
const failures = new Set(['error', 'network_error', 'insufficient_system_resource']);

function readUsage(usage: UnknownObject): Usage {
  const promptDetails = isObject(usage['prompt_tokens_details']) ? usage['prompt_tokens_details'] : {};
  const completionDetails = isObject(usage['completion_tokens_details'])
    ? usage['completion_tokens_details']
    : {};
  const inputTokens = count(usage['prompt_tokens']);
  const outputTokens = count(usage['completion_tokens']);
  // OpenAI's name, and those of proxies in front of Anthropic.
  const written =
    promptDetails['cache_write_tokens'] ??
    promptDetails['cache_creation_tokens'] ??
    usage['cache_creation_input_tokens'];
  return {
    inputTokens,
    outputTokens,
    totalTokens:
      usage['total_tokens'] === undefined ? inputTokens + outputTokens : count(usage['total_tokens']),
    // In the details as OpenAI has it; DeepSeek and Moonshot have names of their own.
    cachedInputTokens: count(
      promptDetails['cached_tokens'] ?? usage['prompt_cache_hit_tokens'] ?? usage['cached_tokens'],
    ),
    reasoningTokens: count(completionDetails['reasoning_tokens']),
    ...(written !== undefined && { cacheWriteTokens: count(written) }),
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : 0;
}
