import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider';
import { expect } from 'vitest';
import type { ReadAnswer } from './read-answer.ts';

/** What another client library reads from the same bytes. */
export interface OracleAnswer {
  text: string;
  thought: string;
  calls: { id: string; name: string; arguments: string }[];
  urls: string[];
  /** `stop`, `length`, `content-filter`, `tool-calls`, `other`. */
  finish: string;
  usage: LanguageModelV4Usage;
  failed: boolean;
}

const request: LanguageModelV4CallOptions = {
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
};

/** The answer that a model of the AI SDK reads as a stream. Tools that the provider ran are left out. */
export async function readByOracle(model: LanguageModelV4): Promise<OracleAnswer> {
  const { stream } = await model.doStream(request);
  const answer: OracleAnswer = { text: '', thought: '', calls: [], urls: [], finish: '', usage: noUsage, failed: false };
  const parts: AsyncIterable<LanguageModelV4StreamPart> = stream;
  for await (const part of parts) {
    if (part.type === 'text-delta') answer.text += part.delta;
    if (part.type === 'reasoning-delta') answer.thought += part.delta;
    if (part.type === 'tool-call' && part.providerExecuted !== true)
      answer.calls.push({ id: part.toolCallId, name: part.toolName, arguments: part.input });
    if (part.type === 'source' && part.sourceType === 'url') answer.urls.push(part.url);
    if (part.type === 'error') answer.failed = true;
    if (part.type === 'finish') {
      answer.finish = part.finishReason.unified;
      answer.usage = part.usage;
    }
  }
  return answer;
}

/** The same for a whole answer. */
export async function readWholeByOracle(model: LanguageModelV4): Promise<OracleAnswer> {
  const { content, finishReason, usage } = await model.doGenerate(request);
  const answer: OracleAnswer = { text: '', thought: '', calls: [], urls: [], finish: finishReason.unified, usage, failed: false };
  for (const part of content) {
    if (part.type === 'text') answer.text += part.text;
    if (part.type === 'reasoning') answer.thought += part.text;
    if (part.type === 'tool-call' && part.providerExecuted !== true)
      answer.calls.push({ id: part.toolCallId, name: part.toolName, arguments: part.input });
    if (part.type === 'source' && part.sourceType === 'url') answer.urls.push(part.url);
  }
  return answer;
}

const noUsage: LanguageModelV4Usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

/** A `fetch` that answers with a body. */
export function answering(body: string | Uint8Array, contentType: string): typeof fetch {
  return () =>
    Promise.resolve(new Response(body as string, { status: 200, headers: { 'content-type': contentType } })); // bytes are a body as well
}

const finishes = { stop: 'stop', tool_calls: 'tool-calls', length: 'length', content_filter: 'content-filter', pause: 'stop' };

/** Expects the oracle's text, thoughts, calls, end and counts. */
export function expectSameAnswer(answer: ReadAnswer, oracle: OracleAnswer): void {
  expect(answer.text).toBe(oracle.text);
  expect(answer.thought.trim()).toBe(oracle.thought.trim());
  expect(answer.calls).toEqual(oracle.calls.map((call) => ({ ...call, arguments: call.arguments || '{}' })));
  const hasCalls = oracle.calls.length > 0 && oracle.finish === 'stop';
  expect(finishes[answer.end.finishReason]).toBe(hasCalls ? 'tool-calls' : oracle.finish);
  const { inputTokens: input, outputTokens: output } = oracle.usage;
  if (input.total === undefined) return;
  const { usage } = answer.end;
  expect(usage.inputTokens).toBe(input.total);
  expect(usage.cachedInputTokens).toBe(input.cacheRead);
  expect(usage.cacheWriteTokens ?? 0).toBe(input.cacheWrite);
  expect(usage.outputTokens).toBe(output.total);
}
