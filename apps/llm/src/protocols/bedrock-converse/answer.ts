import type { AnswerOptions } from '../answers/answer-options.ts';
import type { ModelDelta, Usage } from '@antiphon/contracts';
import { protocolError, streamedError, unfinishedError } from '../../providers/errors/provider-errors.ts';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import { isObject, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { estimatedUsage } from '../../providers/token-estimate.ts';
import { namedError } from '../answers/embedded-error.ts';
import { readFinishReason } from '../answers/finish-reason.ts';
import { BlockAnswerWriter } from '../turns/answer-writer.ts';
import { finishOf } from '../turns/finish-of.ts';
import type { ToolNames } from '../turns/tool-names.ts';
import { ConverseBlockReader } from './block-reader.ts';
import { readUsage } from './usage.ts';

export interface ConverseAnswerOptions extends AnswerOptions {
  names: ToolNames;
}

/** The refusal where a filter withheld the answer without an explanation. */
const withheld = 'The answer was withheld by a content filter.';

/**
 * Reads the frames of a ConverseStream answer, each as `{"contentBlockDelta": …}`, or the body of a Converse answer. The counts follow the stop reason,
 * or come before it; an answer is complete with its stop reason, and an answer without any content is a failure.
 */
export class ConverseAnswer implements StreamDecoder<ModelDelta> {
  isDone = false;
  private readonly writer: BlockAnswerWriter;
  private readonly blocks: ConverseBlockReader;
  private stopReason: string | null = null;
  private usage: Usage | null = null;
  private serviceTier: string | undefined;

  constructor(private readonly options: ConverseAnswerOptions) {
    this.writer = new BlockAnswerWriter(options.account, options.names);
    this.blocks = new ConverseBlockReader(this.writer);
  }

  event(data: string, burst: ModelDelta[]): void {
    const frame = parseObject(data);
    if (frame === undefined)
      throw protocolError(this.options.provider, 'sent an event that is not a JSON object');
    for (const [type, payload] of Object.entries(frame))
      if (isObject(payload)) this.read(type, payload, burst);
    if (this.stopReason !== null && this.usage !== null) this.endAnswer(burst);
  }

  failure(data: string): Error {
    return namedError(this.options.provider, data);
  }

  whole(body: string, burst: ModelDelta[]): void {
    const reply = parseObject(body);
    if (reply === undefined)
      throw protocolError(this.options.provider, 'answered with something that is not a JSON object');
    const message = isObject(reply['output']) ? reply['output']['message'] : undefined;
    const content = isObject(message) ? message['content'] : undefined;
    if (!Array.isArray(content)) {
      if (typeof reply['message'] === 'string') throw streamedError(this.options.provider, reply);
      throw protocolError(this.options.provider, 'answered with something that is not a message');
    }
    for (const block of content as unknown[]) this.blocks.whole(block, burst);
    this.read('messageStop', reply, burst);
    this.read('metadata', reply, burst);
    this.endAnswer(burst);
  }

  end(burst: ModelDelta[]): void {
    this.endAnswer(burst);
  }

  private read(type: string, payload: UnknownObject, burst: ModelDelta[]): void {
    const index = payload['contentBlockIndex'];
    switch (type) {
      case 'contentBlockStart':
        this.blocks.start(index, payload['start'], burst);
        break;
      case 'contentBlockDelta':
        this.blocks.delta(index, payload['delta'], burst);
        break;
      case 'contentBlockStop':
        this.blocks.stop(index, burst);
        break;
      case 'messageStop':
        if (typeof payload['stopReason'] === 'string') this.stopReason = payload['stopReason'];
        break;
      case 'metadata': {
        this.usage = readUsage(payload['usage']);
        const tier = payload['serviceTier'];
        if (isObject(tier) && typeof tier['type'] === 'string') this.serviceTier = tier['type'];
        break;
      }
      default:
        if (type.endsWith('Exception'))
          throw streamedError(this.options.provider, { __type: type, ...payload });
    }
  }

  private endAnswer(burst: ModelDelta[]): void {
    if (this.isDone) return;
    const { provider, model } = this.options;
    const said = readFinishReason(provider, this.stopReason);
    if (said === null) throw unfinishedError(provider);
    this.blocks.end(burst);
    const finishReason = finishOf(said, this.writer, provider);
    if (finishReason === 'content_filter' && !this.writer.hasSpoken) this.writer.refusal(withheld, burst);
    this.isDone = true;
    burst.push({
      type: 'end',
      finishReason,
      usage: this.usage ?? estimatedUsage(this.options.estimateInputTokens(), this.writer),
      model,
      ...(this.serviceTier !== undefined && { serviceTier: this.serviceTier }),
    });
  }
}
