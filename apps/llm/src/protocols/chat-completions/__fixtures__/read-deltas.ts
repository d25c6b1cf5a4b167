import type { ModelDelta } from '@antiphon/contracts';
import { ChatAnswer } from '../chat-answer.ts';

export function answer(): ChatAnswer {
  return new ChatAnswer({ provider: 'test', account: 'here', model: 'asked', estimateInputTokens: () => 7 });
}

export function chunkOf(delta: object, finishReason: string | null = null): string {
  return JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finishReason }] });
}

export function readWhole(body: object): ModelDelta[] {
  const burst: ModelDelta[] = [];
  answer().whole(JSON.stringify(body), burst);
  return burst;
}

export function errorOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The answer of deltas and a finish reason, without the end. */
export function readDeltas(deltas: object[], finishReason: string | null = 'stop'): ModelDelta[] {
  const reader = answer();
  const burst: ModelDelta[] = [];
  for (const delta of deltas)
    reader.event(JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] }), burst);
  if (finishReason !== null)
    reader.event(JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: finishReason }] }), burst);
  reader.event('[DONE]', burst);
  return burst;
}

/** The calls of a burst, assembled. */
export function callsOf(burst: ModelDelta[]) {
  const calls: { callId: string; name: string; arguments: string }[] = [];
  for (const delta of burst) {
    if (delta.type === 'call') calls[delta.call] = { callId: delta.callId, name: delta.name, arguments: '' };
    const call = delta.type === 'arguments' ? calls[delta.call] : undefined;
    if (call !== undefined && delta.type === 'arguments') call.arguments += delta.text;
  }
  return calls;
}

export const piece = (call: object) => ({ tool_calls: [call] });
