import { protocolError } from '../../providers/errors/provider-errors.ts';
import { isObject } from '../../providers/json-object.ts';
import type { ProviderModel } from '../../providers/provider.ts';

/** Anthropic's list of models: `{data: [{id, created_at, lifecycle}]}`. Retired models stay in it and answer no requests. */
export function readModels(body: unknown, provider: string): ProviderModel[] {
  const list = isObject(body) ? body['data'] : undefined;
  if (!Array.isArray(list)) throw protocolError(provider, 'sent no list of models');
  return list.flatMap((model: unknown) => {
    if (!isObject(model) || typeof model['id'] !== 'string' || model['lifecycle'] === 'retired') return [];
    const createdMs = typeof model['created_at'] === 'string' ? Date.parse(model['created_at']) : Number.NaN;
    return [{ id: model['id'], createdAt: createdMs > 0 ? Math.floor(createdMs / 1_000) : 0 }];
  });
}
