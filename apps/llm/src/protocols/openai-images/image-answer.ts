import type { ImageBytes, ImageTraits, ImageUsage } from '@antiphon/contracts';
import { emptyError, protocolError, unfinishedError } from '../../providers/errors/provider-errors.ts';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import { addImageUsage, imageTypeOf, type ProviderImagePiece } from '../../providers/images/images.ts';
import { isObject, objectsOf, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { embeddedError, namedError } from '../answers/embedded-error.ts';
import { count } from '../answers/usage-count.ts';

/**
 * Reads the images of `/images/generations` and `/images/edits`: one JSON body, or the events of a stream (`image_generation.partial_image`,
 * `image_edit.completed` …). Bytes come as `b64_json`, at Fireworks as `base64`; other servers send links.
 */
export class ImageAnswer implements StreamDecoder<ProviderImagePiece> {
  isDone = false;
  private images = 0;
  private usage: ImageUsage | null = null;

  constructor(private readonly provider: string) {}

  event(data: string, burst: ProviderImagePiece[]): void {
    if (data === '[DONE]') return;
    const event = parseObject(data);
    if (event === undefined) throw protocolError(this.provider, 'sent an event that is not a JSON object');
    const error = embeddedError(this.provider, event);
    if (error !== null) throw error;
    const [, kind] =
      /^image_(?:generation|edit)\.(partial_image|completed)$/.exec(String(event['type'])) ?? [];
    if (kind === 'partial_image') {
      const image = this.bytesOf(event['b64_json']);
      burst.push({
        type: 'partial',
        index: count(event['partial_image_index']),
        image,
        traits: traitsOf(event),
      });
    } else if (kind === 'completed') {
      this.read(event, traitsOf(event), burst);
      this.usage = addImageUsage(this.usage, readUsage(event['usage']));
      this.end(burst);
    }
  }

  failure(data: string): Error {
    return namedError(this.provider, data);
  }

  whole(body: string, burst: ProviderImagePiece[]): void {
    const reply = parseObject(body);
    if (reply === undefined)
      throw protocolError(this.provider, 'answered with something that is not a JSON object');
    const error = embeddedError(this.provider, reply);
    if (error !== null) throw error;
    const listed = Array.isArray(reply['base64'])
      ? reply['base64'].map((base64: unknown) => ({ base64 }))
      : objectsOf(reply['data']);
    for (const entry of listed) this.read(entry, traitsOf(reply), burst);
    if (this.images === 0) throw emptyError(this.provider);
    this.usage = readUsage(reply['usage']);
    this.end(burst);
  }

  end(burst: ProviderImagePiece[]): void {
    if (this.isDone) return;
    if (this.images === 0) throw unfinishedError(this.provider);
    this.isDone = true;
    burst.push({ type: 'end', usage: this.usage });
  }

  private read(entry: UnknownObject, traits: ImageTraits, burst: ProviderImagePiece[]): void {
    const { b64_json: json, base64, url, revised_prompt: revised } = entry;
    const prompt = typeof revised === 'string' && revised !== '' ? { revisedPrompt: revised } : {};
    const bytes = json ?? base64;
    this.images++;
    if (typeof bytes === 'string' && bytes !== '')
      burst.push({ type: 'image', image: this.bytesOf(bytes), traits, ...prompt });
    else if (typeof url === 'string') burst.push({ type: 'link', url, ...prompt });
    else throw protocolError(this.provider, 'sent an image without its bytes');
  }

  private bytesOf(value: unknown): ImageBytes {
    // Some servers send a data URL in place of the bytes.
    const base64 =
      typeof value === 'string' ? value.slice(value.startsWith('data:') ? value.indexOf(',') + 1 : 0) : '';
    const mediaType = imageTypeOf(base64);
    if (mediaType === undefined || !mediaType.startsWith('image/'))
      throw protocolError(this.provider, 'sent something that is not an image');
    return { mediaType, base64 };
  }
}

function traitsOf({ size, quality, background }: UnknownObject): ImageTraits {
  const traits = { size, quality, background };
  return Object.fromEntries(
    Object.entries(traits).filter(([, value]) => typeof value === 'string' && value.length <= 100),
  );
}

/** Null where nothing is counted. */
function readUsage(usage: unknown): ImageUsage | null {
  if (!isObject(usage)) return null;
  const details = isObject(usage['input_tokens_details']) ? usage['input_tokens_details'] : {};
  const inputTokens = count(usage['input_tokens']);
  const outputTokens = count(usage['output_tokens']);
  if (inputTokens + outputTokens === 0) return null;
  const inputImageTokens = count(details['image_tokens']);
  return {
    inputTokens,
    inputTextTokens: count(details['text_tokens']) || Math.max(0, inputTokens - inputImageTokens),
    inputImageTokens,
    outputTokens,
    totalTokens: Math.max(count(usage['total_tokens']), inputTokens + outputTokens),
  };
}
