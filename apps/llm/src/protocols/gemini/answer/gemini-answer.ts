import type { AnswerOptions } from '../../answers/answer-options.ts';
import type { FinishReason, HostedKind, ModelDelta, TokenLogprob } from '@antiphon/contracts';
import { estimatedUsage } from '../../../providers/token-estimate.ts';
import { WholeText } from '../../answers/whole-text.ts';
import { imageCharactersMax } from '../../answers/image-limit.ts';
import {
  emptyError,
  protocolError,
  providerError,
  streamedError,
  unfinishedError,
} from '../../../providers/errors/provider-errors.ts';
import type { StreamDecoder } from '../../../providers/http/event-stream.ts';
import { isObject, parseObject, type UnknownObject } from '../../../providers/json-object.ts';
import { blockedError, readFinish } from '../errors.ts';
import { type SignedPart, toDetails } from '../signatures.ts';
import { GeminiCalls } from './gemini-calls.ts';
import { GeminiHostedCalls } from './gemini-hosted-calls.ts';
import { readGeminiLogprobs } from './gemini-logprobs.ts';
import { GeminiUsage } from './gemini-usage.ts';
import { Grounding } from './grounding.ts';

export interface GeminiAnswerOptions extends AnswerOptions {
  /** Whether the model signs its answers, so that a place for the signature is kept before the text. */
  signsAnswers: boolean;
  /** The names of the offered tools by the API's names for them. */
  names: ReadonlyMap<string, string>;
  /** The hosted tools that Google runs; left out: none. */
  nativeTools?: ReadonlySet<HostedKind>;
}

/**
 * Reads the chunks of streamGenerateContent, or a whole answer of generateContent. An answer is complete when the provider names a known reason
 * for its end; the end of the body without one is a failure.
 */
export class GeminiAnswer implements StreamDecoder<ModelDelta> {
  isDone = false;
  private readonly calls: GeminiCalls;
  private readonly hosted: GeminiHostedCalls;
  private readonly grounding = new Grounding();
  private readonly usage = new GeminiUsage();
  private readonly textJoiner = new WholeText();
  private readonly thoughtJoiner = new WholeText();
  private readonly signed: SignedPart[] = [];
  private hasNewSignature = false;
  private hasThought = false;
  private logprobs: TokenLogprob[] = [];
  private finishReason: FinishReason | null = null;
  private text = '';
  private thoughtLength = 0;
  private images = 0;
  private imageCharacters = 0;
  private model: string;

  constructor(private readonly options: GeminiAnswerOptions) {
    this.model = options.model;
    const { provider, account, names, nativeTools = new Set() } = options;
    this.hosted = new GeminiHostedCalls({ account, nativeTools });
    this.calls = new GeminiCalls({ provider, account, names, beforeCall: (burst) => this.endSaid(burst) });
  }

  event(data: string, burst: ModelDelta[]): void {
    const chunk = parseObject(data);
    if (chunk === undefined)
      throw protocolError(this.options.provider, 'sent an event that is not a JSON object');
    this.readChunk(chunk, burst);
  }

  failure(data: string): Error {
    return streamedError(this.options.provider, parseObject(data) ?? { error: { message: data } });
  }

  /** A whole answer, or the list of chunks that streamGenerateContent returns to a request without `alt=sse`. */
  whole(body: string, burst: ModelDelta[]): void {
    const chunks = body.trimStart().startsWith('[')
      ? parseObject(`{"chunks":${body}}`)?.['chunks']
      : [parseObject(body)];
    if (!Array.isArray(chunks) || !chunks.every(isObject))
      throw protocolError(this.options.provider, 'answered with something that is not a JSON object');
    for (const chunk of chunks) {
      if (isObject(chunk['error'])) throw providerError(this.options.provider, { body: chunk });
      this.readChunk(chunk, burst);
    }
    if (!chunks.some((chunk) => Array.isArray(chunk['candidates'])))
      throw protocolError(this.options.provider, 'answered with something that is not generated content');
    this.end(burst);
  }

  end(burst: ModelDelta[]): void {
    if (this.isDone) return;
    const reason = this.finishReason;
    if (reason === null) throw unfinishedError(this.options.provider);
    this.calls.end(burst);
    this.endSaid(burst);
    this.hosted.end(burst);
    if (reason === 'stop' && !this.hasSpoken) throw emptyError(this.options.provider);
    this.isDone = true;
    const { serviceTier } = this.usage;
    burst.push({
      type: 'end',
      finishReason: reason === 'stop' && this.calls.haveBegun ? 'tool_calls' : reason,
      usage: this.usage.read() ?? estimatedUsage(this.options.estimateInputTokens(), this.lengths),
      model: this.model,
      ...(serviceTier !== undefined && { serviceTier }),
    });
  }

  /** Whether there is output besides thoughts. */
  private get hasSpoken(): boolean {
    return this.text !== '' || this.images > 0 || this.calls.haveBegun || this.hosted.haveBegun;
  }

  private get lengths(): { answerLength: number; thoughtLength: number } {
    return { answerLength: this.text.length + this.calls.length, thoughtLength: this.thoughtLength };
  }

  private readChunk(chunk: UnknownObject, burst: ModelDelta[]): void {
    const { provider } = this.options;
    const { error, promptFeedback, usageMetadata, modelVersion, candidates } = chunk;
    if (error !== undefined && error !== null) throw streamedError(provider, chunk);
    this.usage.add(usageMetadata);
    if (typeof modelVersion === 'string' && modelVersion !== '') this.model = modelVersion;
    const [candidate] = Array.isArray(candidates) ? (candidates as unknown[]) : [];
    if (isObject(candidate)) this.readCandidate(candidate, burst);
    else if (isObject(promptFeedback)) this.readFeedback(promptFeedback);
  }

  private readFeedback({ blockReason, blockReasonMessage }: UnknownObject): void {
    if (typeof blockReason === 'string' && !/^BLOCK(ED)?_REASON_UNSPECIFIED$/.test(blockReason))
      throw blockedError(this.options.provider, blockReason, blockReasonMessage);
  }

  private readCandidate(candidate: UnknownObject, burst: ModelDelta[]): void {
    const { content, finishReason, finishMessage, logprobsResult } = candidate;
    this.logprobs.push(...readGeminiLogprobs(logprobsResult));
    const parts = isObject(content) && Array.isArray(content['parts']) ? (content['parts'] as unknown[]) : [];
    for (const part of parts) if (isObject(part)) this.readPart(part, burst);
    this.grounding.read(candidate);
    this.hosted.readGrounding(candidate);
    this.finishReason = readFinish(this.options.provider, finishReason, finishMessage) ?? this.finishReason;
  }

  private readPart(part: UnknownObject, burst: ModelDelta[]): void {
    const { text, thought, functionCall, inlineData, thoughtSignature } = part;
    const signature =
      typeof thoughtSignature === 'string' && thoughtSignature !== '' ? thoughtSignature : undefined;
    if (this.hosted.takes(part)) this.readHosted(part, burst);
    else if (isObject(functionCall)) this.calls.read(functionCall, signature, burst);
    else if (isObject(inlineData) && thought !== true) this.readImage(inlineData, signature, burst);
    else if (typeof text === 'string' && thought === true) this.readThought(text, signature, burst);
    else if (typeof text === 'string') this.readText(text, signature, burst);
  }

  private readHosted(part: UnknownObject, burst: ModelDelta[]): void {
    this.endSaid(burst);
    this.hosted.read(part, burst);
  }

  private readThought(text: string, signature: string | undefined, burst: ModelDelta[]): void {
    this.pushThought(this.thoughtJoiner.push(text), burst);
    if (signature !== undefined) this.sign({ thoughtSignature: signature, thought: true, text });
  }

  private readText(text: string, signature: string | undefined, burst: ModelDelta[]): void {
    const start = this.text.length;
    this.pushText(this.textJoiner.push(text), burst);
    if (signature === undefined) return;
    // A signed part is whole.
    this.pushText(this.textJoiner.end(), burst);
    this.sign({ thoughtSignature: signature, start, end: this.text.length });
  }

  private readImage(
    { mimeType, data }: UnknownObject,
    signature: string | undefined,
    burst: ModelDelta[],
  ): void {
    if (typeof mimeType !== 'string' || typeof data !== 'string' || !/^image\/[\w.+-]+$/.test(mimeType))
      return;
    if (this.imageCharacters + data.length > imageCharactersMax) {
      this.pushText('[An image was left out: it is too large.]', burst);
      return;
    }
    this.imageCharacters += data.length;
    this.beginSaying(burst);
    if (signature !== undefined) this.sign({ thoughtSignature: signature, image: this.images });
    this.images++;
    burst.push({
      type: 'text',
      text: '',
      images: [{ type: 'image', url: `data:${mimeType};base64,${data}` }],
    });
  }

  private sign(part: SignedPart): void {
    this.signed.push(part);
    this.hasNewSignature = true;
  }

  private pushThought(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.beginThought(burst);
    this.thoughtLength += text.length;
    burst.push({ type: 'reasoning', text });
  }

  private beginThought(burst: ModelDelta[]): void {
    if (this.hasThought) return;
    this.hasThought = true;
    burst.push({ type: 'reasoning_origin', origin: { provider: this.options.account } });
  }

  private pushText(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.beginSaying(burst);
    this.text += text;
    const logprobs = this.logprobs;
    this.logprobs = [];
    burst.push({ type: 'text', text, ...(logprobs.length > 0 && { logprobs }) });
  }

  /** A signed answer begins with a thought, whose origin gets the signature; without a summary the thought is empty. */
  private beginSaying(burst: ModelDelta[]): void {
    if (this.options.signsAnswers && this.usage.hasThought && !this.hasSpoken) this.beginThought(burst);
    this.pushThought(this.thoughtJoiner.end(), burst);
  }

  /** Passes on the rest of thoughts and text with its signatures, before a call or at the end. */
  private endSaid(burst: ModelDelta[]): void {
    this.pushThought(this.thoughtJoiner.end(), burst);
    this.pushText(this.textJoiner.end(), burst);
    if (this.text !== '' && !this.calls.haveBegun && !this.hosted.haveBegun)
      this.grounding.end(this.text, burst);
    if (!this.hasNewSignature) return;
    this.hasNewSignature = false;
    this.hasThought = true;
    const origin = {
      provider: this.options.account,
      details: toDetails(this.signed),
    };
    burst.push({ type: 'reasoning_origin', origin });
  }
}
