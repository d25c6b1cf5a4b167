import type { TokenLogprob } from '@antiphon/contracts';
import { isObject } from '../../providers/json-object.ts';

/** A provider's log probabilities of tokens; other forms are left out. */
export function readLogprobs(logprobs: unknown): TokenLogprob[] {
  const tokens: unknown = isObject(logprobs) ? logprobs['content'] : undefined;
  return readTokens(tokens).map(({ token, top }) => ({
    ...token,
    top: readTokens(top).map((entry) => entry.token),
  }));
}

function readTokens(tokens: unknown): { token: Omit<TokenLogprob, 'top'>; top: unknown }[] {
  if (!Array.isArray(tokens)) return [];
  return tokens.flatMap((entry: unknown) => {
    if (!isObject(entry)) return [];
    const { token, logprob, bytes, top_logprobs: top } = entry;
    if (typeof token !== 'string' || typeof logprob !== 'number') return [];
    const isUtf8 = Array.isArray(bytes) && bytes.every(Number.isInteger);
    return [
      { token: { token, logprob, bytes: isUtf8 ? (bytes as number[]) : [...Buffer.from(token)] }, top },
    ];
  });
}
