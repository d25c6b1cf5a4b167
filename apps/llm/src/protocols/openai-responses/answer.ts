import type { AnswerOptions } from '../answers/answer-options.ts';
import type { FinishReason, HostedKind, JsonObject, ModelDelta } from '@antiphon/contracts';
import { embeddedError, namedError } from '../answers/embedded-error.ts';
import { readFinishReason } from '../answers/finish-reason.ts';
import { UsageCount } from '../answers/usage-count.ts';
import {
  emptyError,
  protocolError,
  providerError,
  unfinishedError,
  unreadableCallError,
} from '../../providers/errors/provider-errors.ts';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import { isObject, objectsOf, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { estimatedUsage } from '../../providers/token-estimate.ts';
import {
  AnswerCall,
  AnswerCustomCall,
  type AnswerItem,
  AnswerMessage,
  AnswerThought,
  OtherItem,
  type ThoughtForm,
} from './answer-items.ts';
import { ItemAnswerWriter } from './answer-writer.ts';
import { AnswerHostedCall, kindsOfItems } from './hosted-items.ts';

/** The options of every answer, and the tools of the request that are no functions. */
export interface ResponsesAnswerOptions extends AnswerOptions {
  /** Calls of other custom tools are those of tools that the provider runs itself. */
  customTools: ReadonlySet<string>;
  /** The hosted tools that the provider runs. Calls of others are not understood. */
  nativeTools: ReadonlySet<HostedKind>;
}

/**
 * Reads the events of a streamed response, or a whole response. The answer is complete with `response.completed` or `response.incomplete`, or
 * as one JSON body; every other end is a failure. An item is read from its pieces, and from the events that repeat it as a whole where a
 * server leaves out pieces. Items of other types than messages, thoughts, calls and images are ignored unless there is nothing else.
 */
export class ResponsesAnswer implements StreamDecoder<ModelDelta> {
  isDone = false;
  private readonly writer = new ItemAnswerWriter();
  /** By their ids, and by their types and places in the output: some servers give an item another id in each event, others no place. */
  private readonly items = new Map<string, AnswerItem>();
  private readonly ended = new Set<AnswerItem>();
  private readonly otherTypes = new Set<string>();
  private readonly sentBack: JsonObject[] = [];
  private readonly usage = new UsageCount();
  private model: string;
  private serviceTier: string | undefined;

  constructor(private readonly options: ResponsesAnswerOptions) {
    this.model = options.model;
  }

  event(data: string, burst: ModelDelta[]): void {
    if (data === '[DONE]') return this.end();
    const event = parseObject(data);
    if (event === undefined)
      throw protocolError(this.options.provider, 'sent an event that is not a JSON object');
    this.read(event, burst);
  }

  failure(data: string): Error {
    return namedError(this.options.provider, data);
  }

  whole(body: string, burst: ModelDelta[]): void {
    const response = parseObject(body);
    if (response === undefined)
      throw protocolError(this.options.provider, 'answered with something that is not a JSON object');
    const error = embeddedError(this.options.provider, response);
    if (error !== null) throw error;
    if (!Array.isArray(response['output']))
      throw protocolError(this.options.provider, 'answered with something that is not a response');
    this.endAnswer({ status: 'completed', ...response }, burst);
  }

  end(): void {
    if (!this.isDone) throw unfinishedError(this.options.provider);
  }

  private read(event: UnknownObject, burst: ModelDelta[]): void {
    const { type, response, item, delta } = event;
    if (isObject(response)) this.readHead(response);
    const index = indexOf(event['content_index']);
    switch (type) {
      case 'response.output_item.added':
        if (isObject(item)) this.begin(event, item, burst);
        break;
      case 'response.output_item.done':
        if (isObject(item)) this.endItem(event, item, burst);
        break;
      case 'response.output_text.delta':
        this.message(event)?.text(index, textOf(delta), event['logprobs'], burst);
        break;
      case 'response.output_text.done':
        this.message(event)?.endPart(index, event, burst);
        break;
      case 'response.output_text.annotation.added':
        this.message(event)?.cite(index, event['annotation'], burst);
        break;
      case 'response.refusal.delta':
        this.message(event)?.refusal(index, textOf(delta), burst);
        break;
      case 'response.refusal.done':
        this.message(event)?.endPart(index, event, burst);
        break;
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        this.thought(event)?.text(...thoughtPart(event), textOf(delta), burst);
        break;
      case 'response.reasoning_text.done':
      case 'response.reasoning_summary_text.done':
        this.thought(event)?.endPart(...thoughtPart(event), event['text'], burst);
        break;
      case 'response.function_call_arguments.delta':
        this.call(event)?.arguments(textOf(delta), burst);
        break;
      case 'response.function_call_arguments.done':
        this.call(event)?.endArguments(event['arguments'], burst);
        break;
      case 'response.custom_tool_call_input.delta':
        this.customCall(event)?.input(textOf(delta), burst);
        break;
      case 'response.custom_tool_call_input.done':
        this.customCall(event)?.endInput(event['input'], burst);
        break;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        if (!isObject(response))
          throw protocolError(this.options.provider, `sent the event ${type} without its response`);
        this.endAnswer({ status: type.slice('response.'.length), ...response }, burst);
        break;
      default:
        this.readOther(event, burst);
    }
  }

  /** Events of this API that are not needed are ignored. Any other object may be an error. */
  private readOther(event: UnknownObject, burst: ModelDelta[]): void {
    const type = textOf(event['type']);
    const hosted = this.items.get(textOf(event['item_id']));
    if (hosted instanceof AnswerHostedCall)
      return hosted.event(
        type.replace(/^response\.\w+_call\.|^response\.\w+_(?=call_code)/, ''),
        event,
        burst,
      );
    if (type.startsWith('response.')) return;
    const error = embeddedError(this.options.provider, event);
    if (error !== null) throw error;
  }

  /** The fields that the response has from its first event on. */
  private readHead({ model, service_tier: tier, usage }: UnknownObject): void {
    if (typeof model === 'string' && model !== '') this.model = model;
    if (typeof tier === 'string' && tier !== '') this.serviceTier = tier;
    this.usage.add(usage);
  }

  private begin(event: UnknownObject, item: UnknownObject, burst: ModelDelta[]): void {
    const begun = this.itemOf(event, item);
    if (begun instanceof AnswerCall || begun instanceof AnswerHostedCall) begun.begin(item, burst);
  }

  private endItem(event: UnknownObject, item: UnknownObject, burst: ModelDelta[]): void {
    const ended = this.itemOf(event, item);
    if (this.ended.has(ended)) return;
    this.ended.add(ended);
    ended.end(item, burst);
  }

  private message(event: UnknownObject): AnswerMessage | undefined {
    const item = this.itemOf(event, { type: 'message' });
    return item instanceof AnswerMessage ? item : undefined;
  }

  private thought(event: UnknownObject): AnswerThought | undefined {
    const item = this.itemOf(event, { type: 'reasoning' });
    return item instanceof AnswerThought ? item : undefined;
  }

  private call(event: UnknownObject): AnswerCall | undefined {
    const item = this.itemOf(event, { type: 'function_call' });
    return item instanceof AnswerCall ? item : undefined;
  }

  private customCall(event: UnknownObject): AnswerCustomCall | undefined {
    const item = this.itemOf(event, { type: 'custom_tool_call' });
    return item instanceof AnswerCustomCall ? item : undefined;
  }

  /** The item that an event is about; a new one where it has not begun. */
  private itemOf({ output_index: index, item_id: itemId }: UnknownObject, item: UnknownObject): AnswerItem {
    const type = textOf(item['type']);
    const id = textOf(itemId ?? item['id']);
    const keys = [
      ...(id === '' ? [] : [id]),
      ...(typeof index === 'number' || id === '' ? [`${type} ${indexOf(index)}`] : []),
    ];
    const known = keys.map((key) => this.items.get(key)).find((open) => open !== undefined);
    const found = known ?? this.newItem(type, item['name']);
    for (const key of keys) this.items.set(key, found);
    return found;
  }

  private newItem(type: string, name: unknown): AnswerItem {
    switch (type) {
      case 'message':
        return new AnswerMessage(this.writer);
      case 'reasoning':
        return new AnswerThought(this.writer, this.options.account, this.sentBack);
      case 'function_call':
        return new AnswerCall(this.writer, this.options.account);
      case 'custom_tool_call':
        if (this.options.customTools.has(textOf(name)))
          return new AnswerCustomCall(this.writer, this.options.account);
        return this.otherItem(type);
      default: {
        const kind = kindsOfItems[type];
        if (kind === undefined || !this.options.nativeTools.has(kind)) return this.otherItem(type);
        return new AnswerHostedCall(this.writer, this.options.account, kind);
      }
    }
  }

  private otherItem(type: string): AnswerItem {
    this.otherTypes.add(type);
    return new OtherItem(this.writer);
  }

  private endAnswer(response: UnknownObject, burst: ModelDelta[]): void {
    this.readHead(response);
    if (isObject(response['error']))
      throw providerError(this.options.provider, { body: { error: response['error'] } });
    const reason = this.reasonOf(response);
    this.readOutput(response['output'], burst);
    this.endCalls(reason, burst);
    if (!this.writer.hasSpoken && reason === 'stop') throw this.nothingSaid();
    this.isDone = true;
    burst.push({
      type: 'end',
      finishReason: reason === 'stop' && this.writer.hasCalls ? 'tool_calls' : reason,
      usage: this.usage.read(this.model) ?? estimatedUsage(this.options.estimateInputTokens(), this.writer),
      model: this.model,
      ...(this.serviceTier !== undefined && { serviceTier: this.serviceTier }),
    });
  }

  /** Throws `model_error`, which may be retried, for a response that ended for no known reason. */
  private reasonOf({ status, incomplete_details: details }: UnknownObject): FinishReason {
    const word = status === 'incomplete' ? (isObject(details) ? details['reason'] : null) : status;
    const reason = readFinishReason(this.options.provider, word);
    if (reason === null) throw unfinishedError(this.options.provider);
    return reason;
  }

  /**
   * The output at the end. Of servers that stream items it is a repetition, in which items may be missing or have other ids: only the calls that
   * did not end are read.
   */
  private readOutput(output: unknown, burst: ModelDelta[]): void {
    const isStreamed = this.items.size > 0;
    for (const [index, item] of objectsOf(output).entries()) {
      if (!isStreamed) this.endItem({ output_index: index }, item, burst);
      else if (this.items.get(textOf(item['id'])) instanceof AnswerCall) this.endItem({}, item, burst);
    }
  }

  private endCalls(reason: FinishReason, burst: ModelDelta[]): void {
    for (const item of new Set(this.items.values())) {
      if (!(item instanceof AnswerCall)) continue;
      if (!item.hasBegun) throw protocolError(this.options.provider, 'called a tool without naming it');
      item.close(burst);
      if (reason === 'stop' && !item.isReadable) throw unreadableCallError(this.options.provider, item.name);
    }
  }

  private nothingSaid(): Error {
    const types = [...this.otherTypes].filter((type) => /^\w{1,64}$/.test(type));
    return types.length === 0
      ? emptyError(this.options.provider)
      : protocolError(this.options.provider, `answered with nothing but ${types.join(', ')}`);
  }
}

/** The place of a piece of a thought. */
function thoughtPart({
  type,
  summary_index: summary,
  content_index: content,
}: UnknownObject): [ThoughtForm, number] {
  return type === 'response.reasoning_text.delta' || type === 'response.reasoning_text.done'
    ? ['content', indexOf(content)]
    : ['summary', indexOf(summary)];
}

function indexOf(index: unknown): number {
  return typeof index === 'number' ? index : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
