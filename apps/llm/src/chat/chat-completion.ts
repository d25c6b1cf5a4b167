import type { Citation, FinishReason, ImagePart, ModelDelta, Usage } from '@antiphon/contracts';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
  ChatCompletionMessageFunctionToolCall,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';

/** The fields that all parts of one completion share. */
export interface CompletionHead {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  model: string;
}

/** Fields beyond OpenAI's own, by the names that most providers and clients use; the client's types lack them. */
interface LaterFields {
  reasoning_content?: string;
  images?: ChatImage[];
  /** In the client's types of messages, but not of deltas. */
  annotations?: ChatCompletionMessage.Annotation[];
}

interface ChatImage {
  type: 'image_url';
  image_url: { url: string };
}

/** The whole answer as a `chat.completion`. */
export function encodeCompletion(head: CompletionHead, deltas: Iterable<ModelDelta>): ChatCompletion {
  let content = '';
  let refusal = '';
  let reasoning = '';
  let usage: CompletionUsage | undefined;
  let model = head.model;
  let finishReason: FinishReason = 'stop';
  const calls: ChatCompletionMessageFunctionToolCall[] = [];
  const images: ChatImage[] = [];
  const annotations: ChatCompletionMessage.Annotation[] = [];
  for (const delta of deltas) {
    switch (delta.type) {
      case 'text':
        content += delta.text;
        images.push(...(delta.images ?? []).map(encodeImage));
        break;
      case 'refusal':
        refusal += delta.text;
        break;
      case 'reasoning':
        reasoning += delta.text;
        break;
      case 'call':
        calls[delta.call] = {
          id: delta.providerCallId ?? delta.callId,
          type: 'function',
          function: { name: delta.name, arguments: '' },
        };
        break;
      case 'arguments': {
        const call = calls[delta.call];
        if (call !== undefined) call.function.arguments += delta.text;
        break;
      }
      case 'citation':
        annotations.push(encodeCitation(delta.citation));
        break;
      case 'reasoning_origin':
      case 'call_origin':
      // A chat completion has no hosted tools.
      case 'hosted_call':
      case 'hosted_arguments':
      case 'hosted_progress':
      case 'hosted_result':
        break;
      case 'end':
        usage = encodeUsage(delta.usage);
        finishReason = delta.finishReason;
        model = delta.model;
        break;
    }
  }
  const isSilent = content === '' && (calls.length > 0 || refusal !== '');
  const message: ChatCompletion['choices'][number]['message'] & LaterFields = {
    role: 'assistant',
    content: isSilent ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(images.length > 0 && { images }),
    ...(annotations.length > 0 && { annotations }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(finishReason) }],
    ...(usage !== undefined && { usage }),
  };
}

/** Only a turn with hosted tools pauses. */
function finishOf(reason: FinishReason): Exclude<FinishReason, 'pause'> {
  return reason === 'pause' ? 'stop' : reason;
}

/** Turns bursts into the events of a `chat.completion.chunk` stream. */
export class CompletionStream {
  /** The part before the choice's delta, which is the same in every chunk, so it is prepared once. */
  private readonly chunkStart: string;
  private readonly chunkEnd: string;

  constructor(
    private readonly head: CompletionHead,
    private readonly options: { includeUsage: boolean },
  ) {
    const { id, created, model } = head;
    const envelope = JSON.stringify({ id, object: 'chat.completion.chunk', created, model });
    this.chunkStart = `data: ${envelope.slice(0, -1)},"choices":[{"index":0,"delta":`;
    // Where usage is requested, it is null in every chunk but the last.
    this.chunkEnd = options.includeUsage ? '}],"usage":null}\n\n' : '}]}\n\n';
  }

  /** The first event, with the role. */
  begin(): string {
    return this.chunk({ role: 'assistant', content: '', refusal: null }, null);
  }

  burst(deltas: readonly ModelDelta[]): string {
    let events = '';
    for (const delta of deltas) events += this.event(delta);
    return events;
  }

  private event(delta: ModelDelta): string {
    switch (delta.type) {
      case 'text':
        return this.chunk(
          { content: delta.text, ...(delta.images && { images: delta.images.map(encodeImage) }) },
          null,
        );
      case 'refusal':
        return this.chunk({ refusal: delta.text }, null);
      case 'reasoning':
        return this.chunk({ reasoning_content: delta.text }, null);
      case 'call':
        return this.callChunk({
          index: delta.call,
          id: delta.providerCallId ?? delta.callId,
          type: 'function',
          function: { name: delta.name, arguments: '' },
        });
      case 'arguments':
        return this.callChunk({ index: delta.call, function: { arguments: delta.text } });
      case 'citation':
        return this.chunk({ annotations: [encodeCitation(delta.citation)] }, null);
      case 'reasoning_origin':
      case 'call_origin':
      // A chat completion has no hosted tools.
      case 'hosted_call':
      case 'hosted_arguments':
      case 'hosted_progress':
      case 'hosted_result':
        return '';
      case 'end':
        return (
          this.chunk({}, finishOf(delta.finishReason)) +
          (this.options.includeUsage ? this.usage(delta.usage) : '') +
          'data: [DONE]\n\n'
        );
    }
  }

  private callChunk(call: ChatCompletionChunk.Choice.Delta.ToolCall): string {
    return this.chunk({ tool_calls: [call] }, null);
  }

  private chunk(
    delta: ChatCompletionChunk.Choice.Delta & LaterFields,
    finishReason: FinishReason | null,
  ): string {
    return `${this.chunkStart}${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}${this.chunkEnd}`;
  }

  /** OpenAI sends the usage in a separate chunk without a choice. */
  private usage(usage: Usage): string {
    const { id, created, model } = this.head;
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices: [], usage: encodeUsage(usage) })}\n\n`;
  }
}

function encodeImage({ url }: ImagePart): ChatImage {
  return { type: 'image_url', image_url: { url } };
}

function encodeCitation({ url, title, startIndex, endIndex }: Citation): ChatCompletionMessage.Annotation {
  return { type: 'url_citation', url_citation: { url, title, start_index: startIndex, end_index: endIndex } };
}

function encodeUsage(usage: Usage): CompletionUsage {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}
