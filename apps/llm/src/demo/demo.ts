import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type FinishReason, type ModelDelta, newId } from '@antiphon/contracts';
import { pictureOf } from './picture.ts';
import { planTurn } from './plan-turn.ts';
import type { Embeddings } from '../providers/embeddings.ts';
import { type ModelFacts, unknownFacts } from '../models/model-facts.ts';
import type { MadeImagePiece, ProviderImageRequest } from '../providers/images/images.ts';
import type { Provider, ProviderModel, ProviderRequest } from '../providers/provider.ts';
import { abortError } from '../providers/errors/provider-errors.ts';
import { mergeDeltas } from '../providers/merge-deltas.ts';
import { charactersPerToken, estimateInputTokens, estimateTokens } from '../providers/token-estimate.ts';

/** Characters of an answer in one delta. */
const deltaLength = 24;

/**
 * Answers without a language model, so that a fresh clone works without a key: a deterministic planner that picks tools by the words of the
 * text, fills their arguments from it and answers with their outputs.
 */
export class DemoProvider implements Provider {
  readonly name = 'demo';
  readonly makesImages = true;

  async *stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ModelDelta[], undefined> {
    const { deltas, finishReason } = answerOf(request);
    const outputLength = deltas.reduce((sum, delta) => sum + ('text' in delta ? delta.text.length : 0), 0);
    const inputTokens = estimateInputTokens(request);
    const outputTokens = Math.max(1, estimateTokens(outputLength));
    const totalTokens = inputTokens + outputTokens;
    const usage = { inputTokens, outputTokens, totalTokens, cachedInputTokens: 0, reasoningTokens: 0 };
    deltas.push({ type: 'end', finishReason, usage, model: request.model });
    for (const burst of request.gather ? [mergeDeltas(deltas)] : deltas.map((delta) => [delta])) {
      // Each burst takes a turn of the event loop, as one from a socket does.
      await nextTurn();
      if (signal.aborted) throw abortError(signal);
      yield burst;
    }
    return undefined;
  }

  /** Without a model there are no vectors: invented ones would match anything. */
  async embed(): Promise<Embeddings> {
    throw new AppError('model_not_found', 'The demo provider has no model for embeddings', {
      param: 'model',
    });
  }

  /** Edits are new pictures too. */
  async *makeImages(
    { prompt, count }: ProviderImageRequest,
    signal: AbortSignal,
  ): AsyncGenerator<MadeImagePiece[], undefined> {
    for (let number = 0; number < count; number++) {
      await nextTurn();
      if (signal.aborted) throw abortError(signal);
      const base64 = pictureOf(number === 0 ? prompt : `${prompt} ${number}`);
      yield [{ type: 'image', image: { mediaType: 'image/png', base64 }, traits: {} }];
    }
    yield [{ type: 'end', usage: null }];
    return undefined;
  }

  factsOf(): ModelFacts {
    return { ...unknownFacts, makesImages: true };
  }

  async listModels(): Promise<ProviderModel[]> {
    return [{ id: 'demo', createdAt: 0 }];
  }

  async retire(): Promise<void> {}

  async close(): Promise<void> {}
}

/** The deltas of the answer. A text stops at the caller's token limit, as a model does. */
function answerOf(request: ProviderRequest): { deltas: ModelDelta[]; finishReason: FinishReason } {
  const plan = planTurn(request);
  const text = plan.text.slice(0, (request.settings.maxOutputTokens ?? Infinity) * charactersPerToken);
  const deltas = [
    ...pieces(text).map((piece): ModelDelta => ({ type: 'text', text: piece })),
    ...plan.calls.flatMap(({ name, args }, call): ModelDelta[] => [
      { type: 'call', call, callId: newId('call'), name },
      ...pieces(JSON.stringify(args)).map((piece) => ({ type: 'arguments' as const, call, text: piece })),
    ]),
  ];
  if (plan.calls.length > 0) return { deltas, finishReason: 'tool_calls' };
  return { deltas, finishReason: text === plan.text ? 'stop' : 'length' };
}

/** Cuts after words where possible, and never within a character. */
function pieces(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${deltaLength}}(?:\\s+|$)|[^]{1,${deltaLength}}`, 'gu')) ?? [];
}
