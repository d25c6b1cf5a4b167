import {
  AppError,
  autoOr,
  givenOptions,
  ImageOptions,
  imagePromptMax,
  PartialImages,
  read,
  refusal,
  type ImageRequest,
} from '@antiphon/contracts';
import { z } from 'zod';

/** Requested images, as a client of OpenAI's API asks for them. */
export interface DecodedImageRequest extends Omit<ImageRequest, 'caller'> {
  isStreamed: boolean;
  /** `url`: the client wants URLs, and gets data URLs. */
  form: 'b64_json' | 'url';
}

const { shape } = ImageOptions;

/** The fields that both routes have. Others are ignored. */
export function imageFields(countMax: number) {
  const count = `must be a whole number from 1 to ${countMax}`;
  return z.object(
    {
      prompt: z
        .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a text') })
        .min(1, 'must not be empty')
        .max(imagePromptMax, `must be at most ${imagePromptMax} characters long`),
      model: z
        .string({ error: 'must be the name of a model' })
        .min(1, 'must be the name of a model')
        .nullish(),
      n: z.number({ error: count }).int(count).min(1, count).max(countMax, count).nullish(),
      size: autoOr(shape.size.unwrap()),
      quality: autoOr(shape.quality.unwrap()),
      background: autoOr(shape.background.unwrap()),
      output_format: shape.format.unwrap().nullish(),
      output_compression: shape.compression.unwrap().nullish(),
      moderation: shape.moderation.unwrap().nullish(),
      input_fidelity: shape.fidelity.unwrap().nullish(),
      user: shape.endUser.unwrap().nullish(),
      safety_identifier: shape.endUser.unwrap().nullish(),
      response_format: z.enum(['b64_json', 'url'], { error: 'must be b64_json or url' }).nullish(),
      stream: z.boolean({ error: 'must be true or false' }).nullish(),
      partial_images: PartialImages,
    },
    { error: 'must be a JSON object' },
  );
}
type ImageFields = ReturnType<typeof imageFields>;

/** `POST /v1/images/generations` → the request for images. Throws `invalid_request`. */
export function decodeImageRequest(body: z.output<ImageFields>): DecodedImageRequest {
  const { prompt, model, n, stream, partial_images: partialImages, response_format: form } = body;
  const isStreamed = stream === true;
  if (!isStreamed && (partialImages ?? 0) > 0)
    throw refusal(['partial_images'], 'needs stream: true, which sends the images on the way');
  return {
    prompt,
    model: model ?? null,
    count: n ?? 1,
    images: [],
    mask: null,
    partialImages: partialImages ?? 0,
    isStreamed,
    form: form ?? 'b64_json',
    options: optionsOf(body),
  };
}

function optionsOf(body: z.output<ImageFields>): ImageOptions {
  return givenOptions({
    size: body.size,
    quality: body.quality,
    background: body.background,
    format: body.output_format,
    compression: body.output_compression,
    moderation: body.moderation,
    fidelity: body.input_fidelity,
    endUser: body.safety_identifier || body.user,
  });
}

/** The text fields of a form as the values that JSON would have. Throws `invalid_request`. */
export function decodeImageForm(
  fields: ReadonlyMap<string, string>,
  schema: ImageFields,
): DecodedImageRequest {
  if (fields.has('image') || fields.has('mask'))
    throw new AppError('invalid_request', 'image and mask must be files', { param: 'image' });
  const values = [...fields].map(([name, text]) => [name, isText.has(name) ? text : valueOf(text)]);
  return decodeImageRequest(read(schema, Object.fromEntries(values)));
}

const isText = new Set(['prompt', 'model', 'user', 'safety_identifier', 'size']);

function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
