import type { HostedKind, ModelDelta } from '@antiphon/contracts';
import { playBody } from '../../../providers/__fixtures__/play-body.ts';
import { ResponsesAnswer } from '../answer.ts';

export const account = 'api.example';

export function answer(customTools: readonly string[] = [], nativeTools: readonly HostedKind[] = []): ResponsesAnswer {
  return new ResponsesAnswer({
    provider: 'test',
    account,
    model: 'asked',
    customTools: new Set(customTools),
    nativeTools: new Set(nativeTools),
    estimateInputTokens: () => 7,
  });
}

/** The body of a stream with these events. */
export function sse(events: readonly object[]): string {
  return events
    .map((event) => `event: ${'type' in event ? String(event.type) : 'message'}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
}

/** Plays a body as a provider's answer, cut into reads of some bytes. */
export function play(body: string, bytesPerRead = Infinity): Promise<ModelDelta[]> {
  return playBody(answer(), body, { bytesPerRead });
}

export interface SaidAnswer {
  text: string;
  refusal: string;
  thought: string;
  images: number;
  citations: Extract<ModelDelta, { type: 'citation' }>['citation'][];
  calls: { id: string; name: string; arguments: string }[];
  /** The thoughts that are sent back. */
  details: object[];
  end: Extract<ModelDelta, { type: 'end' }>;
}

/** The answer of deltas. */
export function addUp(deltas: readonly ModelDelta[]): SaidAnswer {
  const end = deltas.at(-1);
  if (end?.type !== 'end') throw new Error('the answer has no end');
  const said: SaidAnswer = {
    text: '',
    refusal: '',
    thought: '',
    images: 0,
    citations: [],
    calls: [],
    details: [],
    end,
  };
  for (const delta of deltas.slice(0, -1)) {
    if (delta.type === 'end') throw new Error('the answer has two ends');
    if ('text' in delta && !delta.text.isWellFormed()) throw new Error('half a character');
    if (delta.type === 'text') said.text += delta.text;
    if (delta.type === 'text') said.images += delta.images?.length ?? 0;
    if (delta.type === 'refusal') said.refusal += delta.text;
    if (delta.type === 'reasoning') said.thought += delta.text;
    if (delta.type === 'citation') said.citations.push(delta.citation);
    if (delta.type === 'reasoning_origin') said.details = delta.origin.details ?? [];
    if (delta.type === 'call') {
      if (delta.call !== said.calls.length) throw new Error('calls out of order');
      said.calls.push({ id: delta.providerCallId ?? delta.callId, name: delta.name, arguments: '' });
    }
    if (delta.type === 'arguments') {
      const call = said.calls[delta.call];
      if (call === undefined) throw new Error('arguments of no call');
      call.arguments += delta.text;
    }
  }
  return said;
}
