import type { ModelDelta } from '@antiphon/contracts';
import type { Provider, ProviderRequest } from '../provider.ts';

/** All deltas of a provider's answer. */
export async function answerTo(provider: Provider, request: ProviderRequest): Promise<ModelDelta[]> {
  const deltas: ModelDelta[] = [];
  for await (const burst of provider.stream(request, AbortSignal.timeout(30_000))) deltas.push(...burst);
  return deltas;
}
