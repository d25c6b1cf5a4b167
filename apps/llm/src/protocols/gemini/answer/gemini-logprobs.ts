import type { TokenLogprob } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../../../providers/json-object.ts';

/** The log probabilities of a chunk (`logprobsResult`): a list of the chosen tokens beside one of the likeliest. */
export function readGeminiLogprobs(result: unknown): TokenLogprob[] {
  if (!isObject(result) || !Array.isArray(result['chosenCandidates'])) return [];
  const likeliest: unknown[] = Array.isArray(result['topCandidates']) ? result['topCandidates'] : [];
  return (result['chosenCandidates'] as unknown[]).flatMap((chosen, place) => {
    const likely = likeliest[place];
    const others = isObject(likely) && Array.isArray(likely['candidates']) ? likely['candidates'] : [];
    return tokenOf(chosen).map((token) => ({ ...token, top: others.flatMap(tokenOf) }));
  });
}

function tokenOf(candidate: unknown): Omit<TokenLogprob, 'top'>[] {
  if (!isObject(candidate)) return [];
  const { token, logProbability }: UnknownObject = candidate;
  if (typeof token !== 'string' || typeof logProbability !== 'number') return [];
  return [{ token, logprob: logProbability, bytes: [...Buffer.from(token)] }];
}
