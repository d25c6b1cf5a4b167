import type { AnswerOptions } from '../answers/answer-options.ts';
import type { FinishReason, HostedKind, ModelDelta } from '@antiphon/contracts';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import { protocolError, streamedError, unfinishedError } from '../../providers/errors/provider-errors.ts';
import { isObject, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { namedError } from '../answers/embedded-error.ts';
import { readFinishReason } from '../answers/finish-reason.ts';
import { BlockAnswerWriter } from '../turns/answer-writer.ts';
import { estimatedUsage } from '../../providers/token-estimate.ts';
import { finishOf } from '../turns/finish-of.ts';
import type { ToolNames } from '../turns/tool-names.ts';
import { MessageBlockReader } from './block-reader.ts';
import { MessageUsage } from './usage.ts';

export interface MessageAnswerOptions extends AnswerOptions {
  names: ToolNames;
  /** The hosted tools that the API runs; left out: none. */
  nativeTools?: ReadonlySet<HostedKind>;
}

/** The refusal where the API reports one without an explanation. */
const plainRefusal = 'The model declined to answer.';

/**
 * Reads the events of a streamed message of Anthropic's API, or a whole one. An answer is complete when it has a known stop reason and its calls
 * can be read; an answer without any content is a failure.
 */
export class MessageAnswer implements StreamDecoder<ModelDelta> {
  isDone = false;
  private readonly writer: BlockAnswerWriter;
  private readonly blocks: MessageBlockReader;
  private readonly usage = new MessageUsage();
  private messageId: string | null = null;
  private hasBegun = false;
  private stopReason: string | null = null;
  private stopSequence: string | undefined;
  private stopDetails: UnknownObject = {};
  private model: string;

  constructor(private readonly options: MessageAnswerOptions) {
    this.model = options.model;
    this.writer = new BlockAnswerWriter(options.account, options.names);
    this.blocks = new MessageBlockReader(this.writer, options.account, options.nativeTools ?? new Set());
  }

  event(data: string, burst: ModelDelta[]): void {
    const event = parseObject(data);
    if (event === undefined)
      throw protocolError(this.options.provider, 'sent an event that is not a JSON object');
    switch (event['type']) {
      case 'message_start':
        this.start(event['message'], burst);
        break;
      case 'content_block_start':
        this.blocks.start(event['index'], event['content_block'], burst);
        this.readFallback(event['content_block']);
        break;
      case 'content_block_delta':
        this.blocks.delta(event['index'], event['delta'], burst);
        break;
      case 'content_block_stop':
        this.blocks.stop(event['index'], burst);
        break;
      case 'message_delta':
        this.readEnd(event['delta']);
        this.usage.add(event['usage']);
        break;
      case 'message_stop':
        this.endAnswer(burst);
        break;
      case 'error':
        throw streamedError(this.options.provider, event);
      default:
        // `ping`, and what the API may add. Some proxies send an error without a type.
        if (event['type'] === undefined && isObject(event['error']))
          throw streamedError(this.options.provider, event);
    }
  }

  failure(data: string): Error {
    return namedError(this.options.provider, data);
  }

  whole(body: string, burst: ModelDelta[]): void {
    const message = parseObject(body);
    if (message === undefined)
      throw protocolError(this.options.provider, 'answered with something that is not a JSON object');
    if (message['type'] === 'error' || 'error' in message)
      throw streamedError(this.options.provider, message);
    if (!Array.isArray(message['content']))
      throw protocolError(this.options.provider, 'answered with something that is not a message');
    this.start(message, burst);
    this.readEnd(message);
    this.endAnswer(burst);
  }

  end(burst: ModelDelta[]): void {
    this.endAnswer(burst);
  }

  /** The start of a message, or a whole one. Some servers repeat the start; another message within the first is an error. */
  private start(message: unknown, burst: ModelDelta[]): void {
    if (!isObject(message)) return;
    const id = typeof message['id'] === 'string' ? message['id'] : '';
    if (this.hasBegun) {
      if (id === this.messageId) return;
      throw protocolError(this.options.provider, 'began another message before the first one ended');
    }
    this.hasBegun = true;
    this.messageId = id;
    if (typeof message['model'] === 'string' && message['model'] !== '') this.model = message['model'];
    this.usage.add(message['usage']);
    const content: unknown[] = Array.isArray(message['content']) ? message['content'] : [];
    for (const [index, block] of content.entries()) {
      this.blocks.start(index, block, burst);
      this.blocks.stop(index, burst);
    }
  }

  /** Another model answers in place of one that declined. */
  private readFallback(block: unknown): void {
    const to = isObject(block) && block['type'] === 'fallback' ? block['to'] : undefined;
    if (isObject(to) && typeof to['model'] === 'string') this.model = to['model'];
  }

  private readEnd(delta: unknown): void {
    if (!isObject(delta)) return;
    if (typeof delta['stop_reason'] === 'string') this.stopReason = delta['stop_reason'];
    if (typeof delta['stop_sequence'] === 'string') this.stopSequence = delta['stop_sequence'];
    if (isObject(delta['stop_details'])) this.stopDetails = delta['stop_details'];
  }

  private endAnswer(burst: ModelDelta[]): void {
    if (this.isDone) return;
    const { provider } = this.options;
    const said = this.readReason();
    if (said === null) throw unfinishedError(provider);
    this.blocks.end(burst);
    const finishReason = finishOf(said, this.writer, provider);
    if (finishReason === 'content_filter') this.refuse(burst);
    this.isDone = true;
    const { serviceTier } = this.usage;
    burst.push({
      type: 'end',
      finishReason,
      usage: this.usage.read() ?? estimatedUsage(this.options.estimateInputTokens(), this.writer),
      model: this.model,
      ...(serviceTier !== undefined && { serviceTier }),
      ...(this.stopSequence !== undefined && { stopSequence: this.stopSequence }),
    });
  }

  /** `pause_turn`: a message with the API's own tools goes on when it is sent back. */
  private readReason(): FinishReason | null {
    if (this.stopReason === 'pause_turn') return this.options.nativeTools?.size ? 'pause' : 'stop';
    return readFinishReason(this.options.provider, this.stopReason);
  }

  private refuse(burst: ModelDelta[]): void {
    const { explanation } = this.stopDetails;
    const said = typeof explanation === 'string' ? explanation.trim() : '';
    if (said !== '') this.writer.refusal(said, burst);
    else if (!this.writer.hasSpoken) this.writer.refusal(plainRefusal, burst);
  }
}
