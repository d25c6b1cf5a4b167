import type { AnswerOptions } from '../answers/answer-options.ts';
import type { FinishReason, ModelDelta, TokenLogprob } from '@antiphon/contracts';
import { CallReader } from './answer/call-reader.ts';
import { CitationReader } from '../answers/citation-reader.ts';
import { readImages, readParts } from './answer/content-parts.ts';
import { embeddedError, namedError } from '../answers/embedded-error.ts';
import { gravestReason, readFinishReason } from '../answers/finish-reason.ts';
import { readLogprobs } from '../answers/logprobs.ts';
import { ThoughtReader } from './answer/thought-reader.ts';
import { UsageCount } from '../answers/usage-count.ts';
import { imageCharactersMax } from '../answers/image-limit.ts';
import { WholeText } from '../answers/whole-text.ts';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import { isObject, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import {
  emptyError,
  protocolError,
  providerError,
  streamedError,
  unfinishedError,
} from '../../providers/errors/provider-errors.ts';
import { estimatedUsage } from '../../providers/token-estimate.ts';

/**
 * Reads the chunks of a streamed chat completion, or a whole one. An answer is complete when its provider sends a known finish reason
 * (`finish-reason.ts`); without one, when content precedes `[DONE]`, or when it is one whole JSON
 * body. Every other end is a failure that may be retried, and so is a complete answer without content.
 */
export class ChatAnswer implements StreamDecoder<ModelDelta> {
  isDone = false;
  private readonly calls: CallReader;
  private readonly thoughts: ThoughtReader;
  private readonly citations = new CitationReader();
  private readonly usage = new UsageCount();
  /** Of all chunks and choices. */
  private readonly finishReasons = new Set<FinishReason>();
  /** The request asks for one choice, but some servers spread text and calls over several. */
  private readonly choices = new Set<number>();
  private readonly textJoiner = new WholeText();
  private readonly refusalJoiner = new WholeText();
  /** Of tokens whose text ends within a character. */
  private logprobs: TokenLogprob[] = [];
  private text = '';
  private refusalLength = 0;
  private imageCharacters = 0;
  private hasImages = false;
  private model: string;
  private serviceTier: string | undefined;

  constructor(private readonly options: AnswerOptions) {
    this.model = options.model;
    const { provider, account } = options;
    this.calls = new CallReader({ provider, account, beforeCall: (burst) => this.endSaid(burst) });
    this.thoughts = new ThoughtReader(options.account);
  }

  event(data: string, burst: ModelDelta[]): void {
    if (data === '[DONE]') {
      this.endAnswer(burst, this.hasSpoken && this.calls.areWhole);
      return;
    }
    const chunk = parseObject(data);
    if (chunk === undefined)
      throw protocolError(this.options.provider, 'sent an event that is not a JSON object');
    this.readChunk(chunk, burst);
  }

  failure(data: string): Error {
    return namedError(this.options.provider, data);
  }

  whole(body: string, burst: ModelDelta[]): void {
    // Google wraps an error in a list.
    if (body.trimStart().startsWith('[')) throw providerError(this.options.provider, { body });
    const completion = parseObject(body);
    if (completion === undefined)
      throw protocolError(this.options.provider, 'answered with something that is not a JSON object');
    this.readChunk(completion, burst);
    if (typeof completion['message'] === 'string') throw streamedError(this.options.provider, completion);
    if (!Array.isArray(completion['choices']))
      throw protocolError(this.options.provider, 'answered with something that is not a chat completion');
    this.endAnswer(burst, this.choices.size > 0);
  }

  end(burst: ModelDelta[]): void {
    this.endAnswer(burst, false);
  }

  /** Whether there is output besides thoughts. */
  private get hasSpoken(): boolean {
    return this.text !== '' || this.refusalLength > 0 || this.hasImages || this.calls.hasCalls;
  }

  /** `isWhole`: the answer is complete also without a finish reason. */
  private endAnswer(burst: ModelDelta[], isWhole: boolean): void {
    if (this.isDone) return;
    const said = gravestReason(this.finishReasons) ?? (isWhole ? 'stop' : undefined);
    const isLost = said === 'tool_calls' && !this.hasSpoken;
    if (said === undefined || isLost) throw unfinishedError(this.options.provider);
    if (this.choices.size === 0)
      throw protocolError(this.options.provider, 'answered with something that is not a chat completion');
    this.endSaid(burst);
    this.calls.end(burst);
    if (said === 'stop' && !this.hasSpoken) throw emptyError(this.options.provider);
    if (said === 'stop' || said === 'tool_calls') this.calls.assertWhole();
    this.isDone = true;
    burst.push({
      type: 'end',
      finishReason: this.finishReason(said),
      usage:
        this.usage.read(this.model) ??
        estimatedUsage(this.options.estimateInputTokens(), {
          thoughtLength: this.thoughts.length,
          answerLength: this.text.length + this.refusalLength + this.calls.length,
        }),
      model: this.model,
      ...(this.serviceTier !== undefined && { serviceTier: this.serviceTier }),
    });
  }

  /** Passes on the rest of thoughts and text, before a call or at the end. */
  private endSaid(burst: ModelDelta[]): void {
    this.thoughts.end(burst);
    this.pushText(this.textJoiner.end(), burst);
    this.pushRefusal(this.refusalJoiner.end(), burst);
    // A list that comes after a call has begun is left out: its message has ended.
    if (this.text !== '' && !this.calls.haveBegun) this.citations.end(this.text, burst);
  }

  /** Several servers send `stop` although they call tools, and some the reverse. */
  private finishReason(said: FinishReason): FinishReason {
    if (said !== 'stop' && said !== 'tool_calls') return said;
    return this.calls.hasCalls ? 'tool_calls' : 'stop';
  }

  private readChunk(chunk: UnknownObject, burst: ModelDelta[]): void {
    const error = embeddedError(this.options.provider, chunk);
    if (error !== null) throw error;
    if (typeof chunk['model'] === 'string' && chunk['model'] !== '') this.model = chunk['model'];
    if (typeof chunk['service_tier'] === 'string' && chunk['service_tier'] !== '')
      this.serviceTier = chunk['service_tier'];
    if (isObject(chunk['x_groq'])) this.usage.add(chunk['x_groq']['usage']);
    this.usage.add(chunk['usage']);
    this.citations.readLists(chunk);
    if (!Array.isArray(chunk['choices'])) return;
    const choices: readonly unknown[] = chunk['choices'];
    for (let position = 0; position < choices.length; position++) {
      const choice = choices[position];
      if (isObject(choice)) this.readChoice(choice, position, burst);
    }
  }

  private readChoice(choice: UnknownObject, position: number, burst: ModelDelta[]): void {
    if (isObject(choice['error'])) throw streamedError(this.options.provider, choice);
    const index = typeof choice['index'] === 'number' ? choice['index'] : position;
    this.usage.add(choice['usage']);
    const { delta, message } = choice;
    const logprobs = readLogprobs(choice['logprobs']);
    if (isObject(delta)) this.readDelta(delta, { choice: index, isWhole: false }, logprobs, burst);
    // A message beside deltas repeats them.
    else if (isObject(message) && !this.choices.has(index))
      this.readDelta(message, { choice: index, isWhole: true }, logprobs, burst);
    const reason = readFinishReason(this.options.provider, choice['finish_reason']);
    if (reason !== null) this.finishReasons.add(reason);
  }

  private readDelta(
    delta: UnknownObject,
    place: { choice: number; isWhole: boolean },
    logprobs: TokenLogprob[],
    burst: ModelDelta[],
  ): void {
    this.choices.add(place.choice);
    this.thoughts.read(delta, burst);
    if (logprobs.length > 0) this.logprobs.push(...logprobs);
    const content = delta['content'];
    if (typeof content === 'string') this.pushText(this.textJoiner.push(content), burst);
    else if (Array.isArray(content)) this.readParts(content, burst);
    for (const url of readImages(delta['images'])) this.pushImage(url, burst);
    this.citations.readAnnotations(delta['annotations'], burst);
    if (typeof delta['refusal'] === 'string')
      this.pushRefusal(this.refusalJoiner.push(delta['refusal']), burst);
    const { tool_calls: pieces, function_call: onlyCall } = delta;
    if (Array.isArray(pieces))
      for (const piece of pieces as unknown[]) if (isObject(piece)) this.calls.read(piece, place, burst);
    // The older name, for a single call.
    if (isObject(onlyCall)) this.calls.read({ function: onlyCall }, place, burst);
  }

  private readParts(parts: readonly unknown[], burst: ModelDelta[]): void {
    const said = readParts(parts);
    this.thoughts.say(said.thought, burst);
    this.pushText(this.textJoiner.push(said.text), burst);
    for (const url of said.images) this.pushImage(url, burst);
  }

  private pushText(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.thoughts.end(burst);
    this.text += text;
    const logprobs = this.logprobs;
    this.logprobs = [];
    burst.push({ type: 'text', text, ...(logprobs.length > 0 && { logprobs }) });
  }

  private pushImage(url: string, burst: ModelDelta[]): void {
    this.hasImages = true;
    if (this.imageCharacters + url.length > imageCharactersMax) {
      this.pushText('[An image was left out: it is too large.]', burst);
      return;
    }
    this.imageCharacters += url.length;
    this.thoughts.end(burst);
    burst.push({ type: 'text', text: '', images: [{ type: 'image', url }] });
  }

  private pushRefusal(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.thoughts.end(burst);
    this.refusalLength += text.length;
    burst.push({ type: 'refusal', text });
  }
}
