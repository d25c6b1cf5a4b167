import {
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type HostedKind,
  type JsonObject,
} from '@antiphon/contracts';
import type { ResponseIncludable, Tool } from 'openai/resources/responses/responses';
import { asJson, isObject } from '../../providers/json-object.ts';
import type { NativeForms } from '../hosted/native-tools.ts';

/** A tool that OpenAI runs. */
export type NativeTool = Extract<
  Tool,
  { type: 'web_search' | 'web_search_2025_08_26' | 'code_interpreter' | 'image_generation' }
>;

/**
 * OpenAI's own tools. `file_search` is none of them: the vector stores that a request names are those of this system. So are the files and
 * containers of `code_interpreter`, which runs here where a request names any.
 */
export const nativeForms: NativeForms<NativeTool> = {
  web_search({ options: { allowedDomains, blockedDomains, location, contextSize, opensPages } }) {
    // The API only knows domains that are allowed.
    if (blockedDomains.length > 0) return null;
    return {
      type: 'web_search',
      search_context_size: contextSize,
      ...(allowedDomains.length > 0 && { filters: { allowed_domains: allowedDomains } }),
      ...(location && { user_location: { type: 'approximate', ...location } }),
      ...(!opensPages && { external_web_access: false }),
    };
  },

  code_interpreter({ options: { container } }) {
    if (container.type === 'id' || container.fileIds.length > 0) return null;
    const { memoryLimit } = container;
    return {
      type: 'code_interpreter',
      container: { type: 'auto', ...(memoryLimit && { memory_limit: memoryLimit }) },
    };
  },

  image_generation({ options: { action, model, mask, partialImages, image } }) {
    const isOwn = model === null || /^(gpt-image-|chatgpt-image)/.test(model);
    const { quality } = image;
    const isKnown = quality !== 'standard' && quality !== 'hd';
    if (!isOwn || !isKnown || (mask !== null && 'fileId' in mask)) return null;
    return {
      type: 'image_generation',
      action,
      ...(model !== null && { model }),
      ...(mask !== null && { input_image_mask: { image_url: mask.url } }),
      ...(partialImages > 0 && { partial_images: partialImages }),
      ...(image.size && { size: image.size }),
      ...(quality && { quality }),
      ...(image.background && { background: image.background }),
      ...(image.format && { output_format: image.format }),
      ...(image.compression !== undefined && { output_compression: image.compression }),
      ...(image.moderation && { moderation: image.moderation }),
      ...(image.fidelity && { input_fidelity: image.fidelity }),
    };
  },
};

/** What the provider must say of its tools, so that our items have the same. */
export function nativeIncludes(kinds: Iterable<HostedKind>): ResponseIncludable[] {
  return [...kinds].flatMap((kind): ResponseIncludable[] => {
    if (kind === 'web_search') return ['web_search_call.action.sources'];
    return kind === 'code_interpreter' ? ['code_interpreter_call.outputs'] : [];
  });
}

/** The item of a call as the origin keeps it. The image of a call is in its output alone. */
export function keptItem(item: JsonObject): JsonObject {
  const { result: _result, ...kept } = item;
  return item['type'] === 'image_generation_call' ? kept : item;
}

/** The item of a call that this account ran, as it came; null for other calls, whose output is not taken. */
export function itemSentBack(
  { origin }: FunctionCallItem,
  account: string,
  takeOutput: () => FunctionCallOutputItem['output'],
): JsonObject | null {
  const item = origin?.provider === account ? origin.extraContent['item'] : undefined;
  if (!isObject(item)) return null;
  const kept = asJson(item);
  const parts = takeOutput();
  if (kept['type'] !== 'image_generation_call') return kept;
  const [image] = typeof parts === 'string' ? [] : parts.filter((part) => part.type === 'image');
  const base64 = /^data:[^,]*;base64,(.*)$/s.exec(image?.url ?? '')?.[1];
  return { ...kept, result: base64 ?? null };
}
