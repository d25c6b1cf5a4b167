import {
  AppError,
  type ImageBytes,
  type ImageOptions,
  type ImagePiece,
  type ImageRequest,
  type ImageUsage,
  sniffedType,
} from '@antiphon/contracts';

/** A request for images, with the provider's own name of the model. */
export type ProviderImageRequest = Omit<ImageRequest, 'caller' | 'model'> & { model: string };

/** The same once the images behind its URLs are there, as protocols get it. */
export interface ReadImageRequest extends Omit<ProviderImageRequest, 'images' | 'mask'> {
  /** The images to edit; none for a new image. */
  images: readonly ImageBytes[];
  mask: ImageBytes | null;
}

/** The end of one call, of which a request may need several. */
interface CallEnd {
  type: 'end';
  usage: ImageUsage | null;
}

/** A piece of a provider's answer. `link`: a finished image behind a URL. */
export type ProviderImagePiece =
  Exclude<ImagePiece, { type: 'end' }> | { type: 'link'; url: string; revisedPrompt?: string } | CallEnd;

/** The same without links, whose images have been read. */
export type MadeImagePiece = Exclude<ProviderImagePiece, { type: 'link' }>;

const usualAdvice =
  'configure a provider that makes images, such as OpenAI (OPENAI_API_KEY), Gemini (GEMINI_API_KEY) or a server with /v1/images (see docs/providers.md)';

/** The refusal of a request for images that no provider can serve, with what to do. */
export function noImages(
  complaint: string,
  { advice = usualAdvice, cause }: { advice?: string; cause?: unknown } = {},
): AppError {
  return new AppError('model_refused', `${complaint}: ${advice}`, { param: 'model', cause });
}

/** The sum of two counts; null where neither is known. */
export function addImageUsage(one: ImageUsage | null, other: ImageUsage | null): ImageUsage | null {
  if (one === null || other === null) return one ?? other;
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    inputTextTokens: one.inputTextTokens + other.inputTextTokens,
    inputImageTokens: one.inputImageTokens + other.inputImageTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    totalTokens: one.totalTokens + other.totalTokens,
  };
}

/** The width and the height of a size in pixels; null where the provider chooses. */
export function readSize({ size }: ImageOptions): { width: number; height: number } | null {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? '') ?? [];
  return width === undefined || height === undefined
    ? null
    : { width: Number(width), height: Number(height) };
}

/** The ratio nearest to the size of a request, of those that a model has; undefined where the provider chooses. */
export function nearestRatio(options: ImageOptions, ratios: readonly string[]): string | undefined {
  const size = readSize(options);
  if (size === null) return undefined;
  const distance = (ratio: string) => {
    const [width = 1, height = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log((width / height) * (size.height / size.width)));
  };
  return ratios.toSorted((one, other) => distance(one) - distance(other))[0];
}

/** A data URL of an image. */
export function dataUrlOf({ mediaType, base64 }: ImageBytes): string {
  return `data:${mediaType};base64,${base64}`;
}

/** The media type of an image by its first bytes; undefined for other bytes. */
export function imageTypeOf(base64: string): string | undefined {
  return sniffedType(Buffer.from(base64.slice(0, 32), 'base64'));
}
