import type { ModelDelta } from '@antiphon/contracts';
import { playBody } from '../../../providers/__fixtures__/play-body.ts';
import { GeminiAnswer } from '../answer/gemini-answer.ts';

export const account = 'google.example';

/** A decoder of a model that signs its answers. */
export function decoder(changes: { signsAnswers?: boolean; names?: ReadonlyMap<string, string> } = {}): GeminiAnswer {
  return new GeminiAnswer({
    provider: 'Google',
    account,
    model: 'asked',
    signsAnswers: true,
    names: new Map(),
    estimateInputTokens: () => 7,
    ...changes,
  });
}

/** The body of a stream of events. */
export function sse(chunks: readonly unknown[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
}

/** Plays a body as a provider's answer, cut into reads of some bytes. */
export function play(
  body: string,
  { bytesPerRead = Infinity, answer = decoder() }: { bytesPerRead?: number; answer?: GeminiAnswer } = {},
): Promise<ModelDelta[]> {
  return playBody(answer, body, { bytesPerRead });
}

export interface ReadAnswer {
  text: string;
  thought: string;
  images: string[];
  citations: (ModelDelta & { type: 'citation' })['citation'][];
  calls: { id: string; name: string; arguments: string; signature: unknown }[];
  /** The last details of the thoughts. */
  details: unknown;
  /** The kinds of deltas in their order, each once in a row. */
  order: string[];
  end: ModelDelta & { type: 'end' };
}

/** The answer of deltas. Throws where its deltas break a rule of every answer. */
export function addUp(deltas: readonly ModelDelta[]): ReadAnswer {
  const end = deltas.at(-1);
  if (end?.type !== 'end') throw new Error('the answer has no end');
  const answer: ReadAnswer = { text: '', thought: '', images: [], citations: [], calls: [], details: undefined, order: [], end };
  for (const delta of deltas) {
    if (answer.order.at(-1) !== delta.type) answer.order.push(delta.type);
    if ('text' in delta && !delta.text.isWellFormed()) throw new Error('a text has half a character');
    if (delta.type === 'text') {
      answer.text += delta.text;
      answer.images.push(...(delta.images ?? []).map(({ url }) => url));
    }
    if (delta.type === 'citation') answer.citations.push(delta.citation);
    if (delta.type === 'reasoning') answer.thought += delta.text;
    if (delta.type === 'reasoning_origin') answer.details = delta.origin.details;
    if (delta.type === 'call')
      answer.calls.push({ id: delta.providerCallId ?? delta.callId, name: delta.name, arguments: '', signature: undefined });
    const call = 'call' in delta ? answer.calls[delta.call] : undefined;
    if (delta.type === 'call_origin' && call) call.signature = delta.origin.extraContent['thoughtSignature'];
    if (delta.type === 'arguments' && call) call.arguments += delta.text;
  }
  if (answer.order.filter((type) => type === 'end').length !== 1) throw new Error('the answer has two ends');
  return answer;
}
