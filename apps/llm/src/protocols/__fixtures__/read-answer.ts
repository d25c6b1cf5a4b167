import type { AnswerOptions } from '../answers/answer-options.ts';
import { type Citation, functionCall, type Item, type ModelDelta } from '@antiphon/contracts';
import { expect } from 'vitest';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import { SseParser } from '../../providers/http/framing/sse-parser.ts';

/** Reads a body of server-sent events, cut into pieces of some bytes, as the stream of a provider does. */
export function readEvents(
  decoder: StreamDecoder<ModelDelta>,
  body: string,
  bytesPerRead = Infinity,
): ModelDelta[] {
  const deltas: ModelDelta[] = [];
  const parser = new SseParser();
  const text = new TextDecoder();
  const onLine = (line: string, kind: 'data' | 'error') => {
    if (decoder.isDone) return;
    if (kind === 'error') throw decoder.failure(line);
    decoder.event(line, deltas);
  };
  const bytes = Buffer.from(body);
  for (let from = 0; from < bytes.length; from += bytesPerRead)
    parser.push(text.decode(bytes.subarray(from, from + bytesPerRead), { stream: true }), onLine);
  parser.end(onLine);
  if (!decoder.isDone) decoder.end(deltas);
  return deltas;
}

/** Reads events that the framing has already cut. */
export function readFrames(decoder: StreamDecoder<ModelDelta>, frames: readonly string[]): ModelDelta[] {
  const deltas: ModelDelta[] = [];
  for (const frame of frames) if (!decoder.isDone) decoder.event(frame, deltas);
  if (!decoder.isDone) decoder.end(deltas);
  return deltas;
}

export function readWhole(decoder: StreamDecoder<ModelDelta>, body: string): ModelDelta[] {
  const deltas: ModelDelta[] = [];
  decoder.whole(body, deltas);
  return deltas;
}

/** What a decoder knows of its request. */
export const askedOptions: AnswerOptions = {
  provider: 'test',
  account: 'here',
  model: 'asked',
  estimateInputTokens: () => 1,
};

export interface ReadAnswer {
  text: string;
  refusal: string;
  thought: string;
  citations: Citation[];
  calls: { id: string; name: string; arguments: string }[];
  /** The details of each origin of a thought, in their order. */
  thoughtDetails: unknown[];
  end: ModelDelta & { type: 'end' };
}

/** The answer of deltas. Checks the rules of every answer on the way. */
export function addUp(deltas: readonly ModelDelta[]): ReadAnswer {
  const end = deltas.at(-1);
  if (end?.type !== 'end') throw new Error('the answer has no end');
  const answer: ReadAnswer = {
    text: '',
    refusal: '',
    thought: '',
    citations: [],
    calls: [],
    thoughtDetails: [],
    end,
  };
  for (const delta of deltas.slice(0, -1)) {
    expect(delta.type).not.toBe('end');
    if ('text' in delta) expect(delta.text.isWellFormed()).toBe(true);
    if (delta.type === 'text') answer.text += delta.text;
    if (delta.type === 'refusal') answer.refusal += delta.text;
    if (delta.type === 'reasoning') answer.thought += delta.text;
    if (delta.type === 'citation') answer.citations.push(delta.citation);
    if (delta.type === 'reasoning_origin') answer.thoughtDetails.push(delta.origin.details);
    if (delta.type === 'call') {
      expect(delta.call).toBe(answer.calls.length);
      expect(delta.callId).toMatch(/^[\x20-\x7e]{1,64}$/);
      answer.calls.push({ id: delta.providerCallId ?? delta.callId, name: delta.name, arguments: '' });
    }
    const call = delta.type === 'arguments' ? answer.calls[delta.call] : undefined;
    if (delta.type === 'arguments') expect(call).toBeDefined();
    if (call !== undefined && delta.type === 'arguments') call.arguments += delta.text;
  }
  expect(end.usage.totalTokens).toBeGreaterThanOrEqual(end.usage.inputTokens + end.usage.outputTokens);
  expect(end.usage.outputTokens).toBeGreaterThanOrEqual(end.usage.reasoningTokens);
  return answer;
}

/** The items that a run makes of deltas, for the next turn of the conversation. */
export function itemsOf(deltas: readonly ModelDelta[]): Item[] {
  const items: Item[] = [];
  const calls: (Item & { type: 'function_call' })[] = [];
  for (const delta of deltas) {
    const last = items.at(-1);
    if (delta.type === 'reasoning' || delta.type === 'reasoning_origin') {
      const open: Item & { type: 'reasoning' } =
        last?.type === 'reasoning' ? last : { type: 'reasoning', id: 'rs', text: '', status: 'completed' };
      if (open !== last) items.push(open);
      if (delta.type === 'reasoning') open.text += delta.text;
      else open.origin = delta.origin;
    } else if (delta.type === 'text') {
      if (last?.type === 'message') last.content.push({ type: 'text', text: delta.text });
      else
        items.push({
          type: 'message',
          id: 'msg',
          role: 'assistant',
          content: [{ type: 'text', text: delta.text }],
          status: 'completed',
        });
    } else if (delta.type === 'call') {
      const { callId, name } = delta;
      const call = functionCall({ id: 'fc', callId, name, executor: 'client' });
      calls.push(call);
      items.push(call);
    } else if (delta.type === 'arguments' || delta.type === 'call_origin') {
      const call = calls[delta.call];
      if (call === undefined) throw new Error('there is no such call');
      if (delta.type === 'arguments') call.arguments += delta.text;
      else call.origin = delta.origin;
    }
  }
  return items;
}
