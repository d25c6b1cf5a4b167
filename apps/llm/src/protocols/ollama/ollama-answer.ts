import type { AnswerOptions } from '../answers/answer-options.ts';
import {
  AppError,
  type CallOrigin,
  type FinishReason,
  type ModelDelta,
  newId,
  type TokenLogprob,
  type Usage,
} from '@antiphon/contracts';
import {
  emptyError,
  ProviderFault,
  protocolError,
  streamedError,
  unfinishedError,
  unreadableCallError,
} from '../../providers/errors/provider-errors.ts';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import { isObject, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { estimateTokens } from '../../providers/token-estimate.ts';
import { callIdOf } from '../requests/call-id.ts';
import { readLogprobs } from '../answers/logprobs.ts';
import { count } from '../answers/usage-count.ts';
import { rawUsage } from '../answers/raw-usage.ts';
import { WholeText } from '../answers/whole-text.ts';

/** The counts and times of the last line. */
const usageFields = [
  ...['total_duration', 'load_duration', 'prompt_eval_count', 'prompt_eval_duration'],
  ...['eval_count', 'eval_duration'],
];

/** Reads the lines of a streamed chat, or a whole one. The line with `done` ends an answer; the end of the body without it is a failure. */
export class OllamaAnswer implements StreamDecoder<ModelDelta> {
  isDone = false;
  private readonly textJoiner = new WholeText();
  private readonly thoughtJoiner = new WholeText();
  private logprobs: TokenLogprob[] = [];
  private hasThought = false;
  private textLength = 0;
  private thoughtLength = 0;
  private calls = 0;
  private callsLength = 0;
  private model: string;

  constructor(private readonly options: AnswerOptions) {
    this.model = options.model;
  }

  event(data: string, burst: ModelDelta[]): void {
    const line = parseObject(data);
    if (line === undefined)
      throw protocolError(this.options.provider, 'sent a line that is not a JSON object');
    this.readLine(line, burst);
  }

  failure(data: string): Error {
    return streamedError(this.options.provider, parseObject(data) ?? { error: { message: data } });
  }

  /** A whole answer, or all lines of a streamed one. */
  whole(body: string, burst: ModelDelta[]): void {
    const lines =
      parseObject(body) === undefined ? body.split('\n').filter((line) => line.trim() !== '') : [body];
    for (const line of lines) this.event(line, burst);
    this.end(burst);
  }

  end(_burst: ModelDelta[]): void {
    if (!this.isDone) throw unfinishedError(this.options.provider);
  }

  private readLine(line: UnknownObject, burst: ModelDelta[]): void {
    const { provider } = this.options;
    const { error, model, message, done, logprobs } = line;
    if (error !== undefined && error !== null) throw streamedError(provider, line);
    if (!isObject(message) && done !== true)
      throw protocolError(provider, 'answered with something that is not a chat');
    if (typeof model === 'string' && model !== '') this.model = model;
    this.logprobs.push(...readLogprobs({ content: logprobs }));
    if (isObject(message)) this.readMessage(message, burst);
    if (done === true) this.finish(line, burst);
  }

  private readMessage({ thinking, content, tool_calls: calls }: UnknownObject, burst: ModelDelta[]): void {
    if (typeof thinking === 'string') this.pushThought(this.thoughtJoiner.push(thinking), burst);
    if (typeof content === 'string') this.pushText(this.textJoiner.push(content), burst);
    if (Array.isArray(calls)) for (const call of calls) if (isObject(call)) this.readCall(call, burst);
  }

  /** Calls are whole. Most versions send no id. */
  private readCall({ id, function: called }: UnknownObject, burst: ModelDelta[]): void {
    const { name, arguments: args } = isObject(called) ? called : {};
    if (typeof name !== 'string' || name === '')
      throw protocolError(this.options.provider, 'called a tool without naming it');
    this.endSaid(burst);
    const call = this.calls++;
    const ownId = typeof id === 'string' && id !== '' ? id : undefined;
    const callId = ownId === undefined ? newId('call') : callIdOf(ownId);
    const isRenamed = ownId !== undefined && ownId !== callId;
    burst.push({ type: 'call', call, callId, name, ...(isRenamed && { providerCallId: ownId }) });
    if (isRenamed) {
      const origin: CallOrigin = { provider: this.options.account, extraContent: {}, callId: ownId };
      burst.push({ type: 'call_origin', call, origin });
    }
    const text = this.argumentsText(name, args);
    this.callsLength += text.length;
    burst.push({ type: 'arguments', call, text });
  }

  /** Arguments are an object; some proxies send its text. */
  private argumentsText(name: string, args: unknown): string {
    if (typeof args !== 'string' || args === '') return JSON.stringify(isObject(args) ? args : {});
    if (parseObject(args) !== undefined) return args;
    throw unreadableCallError(this.options.provider, name);
  }

  private pushThought(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    if (!this.hasThought) {
      this.hasThought = true;
      burst.push({ type: 'reasoning_origin', origin: { provider: this.options.account } });
    }
    this.thoughtLength += text.length;
    burst.push({ type: 'reasoning', text });
  }

  private pushText(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.pushThought(this.thoughtJoiner.end(), burst);
    this.textLength += text.length;
    const logprobs = this.logprobs;
    this.logprobs = [];
    burst.push({ type: 'text', text, ...(logprobs.length > 0 && { logprobs }) });
  }

  private endSaid(burst: ModelDelta[]): void {
    this.pushThought(this.thoughtJoiner.end(), burst);
    this.pushText(this.textJoiner.end(), burst);
  }

  private finish(line: UnknownObject, burst: ModelDelta[]): void {
    this.endSaid(burst);
    const finishReason = this.finishReason(line['done_reason']);
    this.isDone = true;
    burst.push({ type: 'end', finishReason, usage: this.usageOf(line), model: this.model });
  }

  private finishReason(said: unknown): FinishReason {
    if (said === 'length') return 'length';
    // Early versions send no reason.
    const isWhole = said === undefined || said === '' || said === 'stop' || said === 'tool_calls';
    const word = String(said).replace(/\W/g, '').slice(0, 64);
    if (!isWhole) throw this.dropped(word);
    if (this.textLength === 0 && this.calls === 0) throw emptyError(this.options.provider);
    return this.calls > 0 ? 'tool_calls' : 'stop';
  }

  private dropped(word: string): AppError {
    const message = `The provider ${this.options.provider} dropped its answer (${word})`;
    return new AppError('model_error', message, {
      cause: new ProviderFault(message, { kind: 'unusable' }),
    });
  }

  /** Thoughts are not counted apart: their share of the output is that of their characters. */
  private usageOf(line: UnknownObject): Usage {
    const inputTokens = count(line['prompt_eval_count']) || this.options.estimateInputTokens();
    const length = this.textLength + this.callsLength + this.thoughtLength;
    const outputTokens = count(line['eval_count']) || estimateTokens(length);
    const share = length === 0 ? 0 : this.thoughtLength / length;
    const raw = Object.fromEntries(Object.entries(line).filter(([name]) => usageFields.includes(name)));
    return {
      inputTokens,
      outputTokens,
      totalTokens: inputTokens + outputTokens,
      cachedInputTokens: 0,
      reasoningTokens: Math.round(outputTokens * share),
      ...rawUsage(raw),
    };
  }
}
