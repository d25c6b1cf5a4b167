import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type FinishReason, type ModelDelta, newId } from '@antiphon/contracts';
import { type Plan, planTurn } from './plan-turn.ts';
import type { Embeddings } from '../providers/embeddings.ts';
import type { Provider, ProviderModel, ProviderRequest } from '../providers/provider.ts';
import { abortError } from '../providers/errors/provider-errors.ts';
import { estimateInputTokens, estimateTokens } from '../providers/token-estimate.ts';

/** Characters of an answer in one delta. */
const deltaLength = 24;

/**
 * Answers without a language model, so that a fresh clone works without a key: a deterministic planner that picks tools by the words of the
 * text, fills their arguments from it and answers with their outputs.
 */
export class DemoProvider implements Provider {
  readonly name = 'demo';

  async *stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ModelDelta[], undefined> {
    const plan = bounded(planTurn(request), request.settings.maxOutputTokens);
    let outputLength = 0;
    for (const delta of deltasOf(plan)) {
      // Each delta takes a turn of the event loop, as a delta from a socket does.
      await nextTurn();
      if (signal.aborted) throw abortError(signal);
      if (delta.type === 'text' || delta.type === 'arguments') outputLength += delta.text.length;
      yield [delta];
    }
    const inputTokens = estimateInputTokens(request);
    const outputTokens = Math.max(1, estimateTokens(outputLength));
    const usage = {
      inputTokens,
      outputTokens,
      totalTokens: inputTokens + outputTokens,
      cachedInputTokens: 0,
      reasoningTokens: 0,
    };
    yield [{ type: 'end', finishReason: plan.finishReason, usage, model: request.model }];
    return undefined;
  }

  /** Without a model there are no vectors: invented ones would match anything. */
  async embed(): Promise<Embeddings> {
    throw new AppError('model_not_found', 'The demo provider has no model for embeddings', {
      param: 'model',
    });
  }

  async listModels(): Promise<ProviderModel[]> {
    return [{ id: 'demo', createdAt: 0 }];
  }

  async retire(): Promise<void> {}

  async close(): Promise<void> {}
}

type FinishedPlan = Plan & { finishReason: FinishReason };

/** Stops at the caller's token limit, as a model does. */
function bounded(plan: Plan, outputTokensMax: number | null): FinishedPlan {
  if (plan.type === 'calls') return { ...plan, finishReason: 'tool_calls' };
  if (outputTokensMax === null || estimateTokens(plan.text.length) <= outputTokensMax)
    return { ...plan, finishReason: 'stop' };
  let text = plan.text;
  while (text !== '' && estimateTokens(text.length) > outputTokensMax) text = text.slice(0, -1);
  return { type: 'text', text, finishReason: 'length' };
}

function* deltasOf(plan: Plan): Generator<ModelDelta> {
  if (plan.type === 'text') {
    for (const text of pieces(plan.text)) yield { type: 'text', text };
    return;
  }
  for (const [call, { name, args }] of plan.calls.entries()) {
    yield { type: 'call', call, callId: newId('call'), name };
    for (const text of pieces(JSON.stringify(args))) yield { type: 'arguments', call, text };
  }
}

/** Cuts after words where possible, and never within a character. */
function pieces(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${deltaLength}}(?:\\s+|$)|[^]{1,${deltaLength}}`, 'gu')) ?? [];
}
