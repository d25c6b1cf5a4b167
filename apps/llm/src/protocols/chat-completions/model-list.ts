import { protocolError } from '../../providers/errors/provider-errors.ts';
import { isObject } from '../../providers/json-object.ts';
import type { ProviderModel } from '../../providers/provider.ts';

/** OpenAI's list of models: `{data: [{id, created}]}`, or the list alone (Together). */
export function readModels(body: unknown, provider: string): ProviderModel[] {
  const list = isObject(body) ? body['data'] : body;
  if (!Array.isArray(list)) throw protocolError(provider, 'sent no list of models');
  return list.flatMap((model: unknown) => {
    if (!isObject(model) || typeof model['id'] !== 'string') return [];
    return [{ id: model['id'], createdAt: Math.max(0, Math.floor(Number(model['created']) || 0)) }];
  });
}
