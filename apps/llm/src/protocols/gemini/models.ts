import { protocolError } from '../../providers/errors/provider-errors.ts';
import { isObject, type UnknownObject } from '../../providers/json-object.ts';
import type { ProviderModel } from '../../providers/provider.ts';

/** The path of the list below the base URL. A thousand models are the largest page; Google lists less than a hundred. */
export const modelsPath = '/models?pageSize=1000';

/** The name of a model without the collection before it. */
export function bareName(model: string): string {
  return model.replace(/^models\//, '');
}

/** The models of a list that generate, embed or, as Imagen's, make images. Throws `model_error` for anything else than a list. */
export function readModels(body: unknown, provider: string): ProviderModel[] {
  const list = isObject(body) ? (body['models'] ?? body['publisherModels'] ?? []) : undefined;
  if (!Array.isArray(list)) throw protocolError(provider, 'sent no list of models');
  return list
    .filter(isObject)
    .filter(isUsable)
    .flatMap(({ name }) =>
      typeof name === 'string' ? [{ id: name.slice(name.lastIndexOf('/') + 1), createdAt: 0 }] : [],
    );
}

const methodsInUse = ['generateContent', 'embedContent', 'predict'];

/** Vertex AI does not list the methods. */
function isUsable({ supportedGenerationMethods: methods }: UnknownObject): boolean {
  return !Array.isArray(methods) || methodsInUse.some((method) => methods.includes(method));
}
