import type { ImageUsage } from '@antiphon/contracts';
import {
  providerError,
  protocolError,
  emptyError,
  unfinishedError,
} from '../../providers/errors/provider-errors.ts';
import type { StreamDecoder } from '../../providers/http/event-stream.ts';
import {
  nearestRatio,
  type ProviderImagePiece,
  readSize,
  type ReadImageRequest,
} from '../../providers/images/images.ts';
import { isObject, objectsOf, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { refusedEdit } from '../openai-images/request.ts';
import { count } from '../answers/usage-count.ts';
import { blockedError, readFinish } from './errors.ts';

/** The bodies of the calls that make images. Their method is `predict` for Imagen, `generateContent` for the models named Gemini. */
export interface ImageBodies {
  method: 'predict' | 'generateContent';
  bodies: object[];
}

export interface ImageBodyOptions {
  title: string;
  isVertex: boolean;
}

/** Whether a model is one of Imagen's, which only make images. */
function isImagen(model: string): boolean {
  return /(^|\/)(imagen|imagegeneration)/.test(model);
}

/** Throws `model_refused` for edits and masks that the model does not have. */
export function toImageBodies(request: ReadImageRequest, options: ImageBodyOptions): ImageBodies {
  return isImagen(request.model)
    ? { method: 'predict', bodies: [toPredictBody(request, options)] }
    : {
        method: 'generateContent',
        bodies: Array.from({ length: request.count }, () => toContentBody(request, options)),
      };
}

const imagenRatios = ['1:1', '3:4', '4:3', '9:16', '16:9'];
const geminiRatios = [...imagenRatios, '2:3', '3:2', '4:5', '5:4', '21:9'];

/** The longest side of 1K, 2K and 4K images, with the largest size that a request for the next one may have. */
function sizeName(request: ReadImageRequest): '1K' | '2K' | '4K' | undefined {
  const size = readSize(request.options);
  if (size === null) return undefined;
  const side = Math.max(size.width, size.height);
  return side <= 1_536 ? '1K' : side <= 3_072 ? '2K' : '4K';
}

/** Imagen edits on Vertex AI only: source images and a mask are numbered references there. */
function toPredictBody(request: ReadImageRequest, { title, isVertex }: ImageBodyOptions): object {
  const { prompt, count: sampleCount, images, mask, options } = request;
  if (images.length > 0 && !isVertex)
    throw refusedEdit('image', `The provider ${title} edits images with its Gemini models only`);
  const aspectRatio = nearestRatio(options, imagenRatios);
  const hasSize = /imagen-[4-9]/.test(request.model) && !request.model.includes('fast');
  const sampleImageSize = sizeName(request) === '1K' ? '1K' : '2K';
  const outputOptions = {
    ...(options.format !== undefined && { mimeType: `image/${options.format}` }),
    ...(options.compression !== undefined && { compressionQuality: options.compression }),
  };
  const references = [
    ...images.map(({ base64 }) => ({
      referenceType: 'REFERENCE_TYPE_RAW',
      referenceImage: { bytesBase64Encoded: base64 },
    })),
    ...(mask === null
      ? []
      : [
          {
            referenceType: 'REFERENCE_TYPE_MASK',
            referenceImage: { bytesBase64Encoded: mask.base64 },
            maskImageConfig: { maskMode: 'MASK_MODE_USER_PROVIDED' },
          },
        ]),
  ];
  return {
    instances: [
      {
        prompt,
        ...(references.length > 0 && {
          referenceImages: references.map((reference, at) => ({ referenceId: at + 1, ...reference })),
        }),
      },
    ],
    parameters: {
      sampleCount,
      includeRaiReason: true,
      ...(aspectRatio !== undefined && images.length === 0 && { aspectRatio }),
      ...(hasSize && options.size !== undefined && { sampleImageSize }),
      // WebP is not among its formats.
      ...(options.format !== 'webp' && Object.keys(outputOptions).length > 0 && { outputOptions }),
      ...(mask !== null && { editMode: 'EDIT_MODE_INPAINT_INSERTION' }),
    },
  };
}

function toContentBody(request: ReadImageRequest, { title }: ImageBodyOptions): object {
  const { prompt, images, mask, options } = request;
  if (mask !== null)
    throw refusedEdit('mask', `The provider ${title} takes no mask: describe the place in the prompt`);
  const aspectRatio = nearestRatio(options, geminiRatios);
  // Sizes came with version 3.
  const imageSize = /gemini-([3-9]|\d\d)/.test(request.model) ? sizeName(request) : undefined;
  const imageConfig = {
    ...(aspectRatio !== undefined && { aspectRatio }),
    ...(imageSize !== undefined && { imageSize }),
  };
  return {
    contents: [
      {
        role: 'user',
        parts: [
          ...images.map(({ mediaType, base64 }) => ({ inlineData: { mimeType: mediaType, data: base64 } })),
          { text: prompt },
        ],
      },
    ],
    generationConfig: {
      // Some of these models refuse to answer without text.
      responseModalities: ['TEXT', 'IMAGE'],
      ...(Object.keys(imageConfig).length > 0 && { imageConfig }),
    },
  };
}

/** Reads the one JSON body of either method. */
export class GeminiImages implements StreamDecoder<ProviderImagePiece> {
  isDone = false;

  constructor(private readonly provider: string) {}

  event(data: string, burst: ProviderImagePiece[]): void {
    this.whole(data, burst);
  }

  failure(data: string): Error {
    return providerError(this.provider, { body: data });
  }

  whole(body: string, burst: ProviderImagePiece[]): void {
    const reply = parseObject(body);
    if (reply === undefined)
      throw protocolError(this.provider, 'answered with something that is not a JSON object');
    if (isObject(reply['error'])) throw providerError(this.provider, { body: reply });
    const pieces = Array.isArray(reply['candidates']) ? this.readContent(reply) : this.readPredictions(reply);
    if (pieces.length === 0) throw emptyError(this.provider);
    this.isDone = true;
    burst.push(...pieces, { type: 'end', usage: readUsage(reply['usageMetadata']) });
  }

  end(): void {
    if (!this.isDone) throw unfinishedError(this.provider);
  }

  private readPredictions(reply: UnknownObject): ProviderImagePiece[] {
    const predictions = objectsOf(reply['predictions']);
    const images = predictions.flatMap(({ bytesBase64Encoded, mimeType, prompt }) =>
      imagePiece(mimeType ?? 'image/png', bytesBase64Encoded, prompt),
    );
    const filtered = predictions.find(({ raiFilteredReason: reason }) => typeof reason === 'string');
    const feedback = reply['promptFeedback'];
    if (images.length === 0 && filtered !== undefined)
      throw blockedError(this.provider, 'FILTERED', filtered['raiFilteredReason']);
    if (images.length === 0 && isObject(feedback) && typeof feedback['blockReason'] === 'string')
      throw blockedError(this.provider, feedback['blockReason'], feedback['blockReasonMessage']);
    return images;
  }

  private readContent(reply: UnknownObject): ProviderImagePiece[] {
    const [candidate = {}] = objectsOf(reply['candidates']);
    const { content, finishReason, finishMessage } = candidate;
    const parts = isObject(content) ? objectsOf(content['parts']) : [];
    const images = parts
      .filter(({ thought }) => thought !== true)
      .flatMap(({ inlineData }) =>
        isObject(inlineData) ? imagePiece(inlineData['mimeType'], inlineData['data']) : [],
      );
    if (images.length > 0) return images;
    if (readFinish(this.provider, finishReason, finishMessage) === 'content_filter')
      throw blockedError(this.provider, String(finishReason), finishMessage);
    const said = parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join(' ');
    // The model answered in words, mostly with a question or a refusal.
    if (said !== '')
      throw providerError(this.provider, {
        status: 400,
        body: { error: { message: `No image was made: ${said}` } },
      });
    return [];
  }
}

function imagePiece(mediaType: unknown, base64: unknown, revised?: unknown): ProviderImagePiece[] {
  if (typeof mediaType !== 'string' || !/^image\/[\w.+-]+$/.test(mediaType)) return [];
  if (typeof base64 !== 'string' || base64 === '') return [];
  const prompt = typeof revised === 'string' && revised !== '' ? { revisedPrompt: revised } : {};
  return [{ type: 'image', image: { mediaType, base64 }, traits: {}, ...prompt }];
}

/** Null where nothing is counted: Imagen counts nothing. */
function readUsage(usage: unknown): ImageUsage | null {
  if (!isObject(usage)) return null;
  const inputTokens = count(usage['promptTokenCount']);
  const outputTokens = count(usage['candidatesTokenCount']) + count(usage['thoughtsTokenCount']);
  const image = objectsOf(usage['promptTokensDetails']).find(({ modality }) => modality === 'IMAGE');
  const inputImageTokens = count(image?.['tokenCount']);
  if (inputTokens + outputTokens === 0) return null;
  return {
    inputTokens,
    inputTextTokens: Math.max(0, inputTokens - inputImageTokens),
    inputImageTokens,
    outputTokens,
    totalTokens: Math.max(count(usage['totalTokenCount']), inputTokens + outputTokens),
  };
}
