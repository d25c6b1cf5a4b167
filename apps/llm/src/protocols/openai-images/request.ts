import { AppError, type ImageOptions } from '@antiphon/contracts';
import { dataUrlOf, nearestRatio, readSize, type ReadImageRequest } from '../../providers/images/images.ts';
import type { ModelTarget } from '../protocol.ts';
import type { ImageField } from '../quirks/provider-quirks.ts';
import type { FormPart } from './form.ts';

type Target = Pick<ModelTarget, 'quirks' | 'title'>;

/** The ratios of xAI's and Fireworks' models. */
export const commonRatios = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3'];

/** The names of the neutral options in OpenAI's API. */
const fieldNames: Readonly<Partial<Record<keyof ImageOptions, ImageField>>> = {
  quality: 'quality',
  background: 'background',
  format: 'output_format',
  compression: 'output_compression',
  moderation: 'moderation',
  endUser: 'user',
};

/** Whether the request asks for partial images. Their events do not name the image that they belong to, so a request for several images gets none. */
export function isStreamed({ partialImages, count }: ReadImageRequest, { quirks }: Target): boolean {
  return partialImages > 0 && count === 1 && quirks.image_fields.includes('partial_images');
}

/** The fields of a new image. What the provider does not take is left out. */
export function generationFields(
  request: ReadImageRequest,
  target: Target,
): Record<string, string | number | boolean> {
  const { model, prompt, count, options, partialImages } = request;
  const { quirks } = target;
  const taken = Object.entries(fieldNames).flatMap(([option, field]) => {
    const value = options[option as keyof ImageOptions]; // a key of the table above
    return value !== undefined && quirks.image_fields.includes(field) ? [[field, value] as const] : [];
  });
  return {
    model,
    prompt,
    ...(count > 1 && { n: count }),
    ...sizeFields(options, quirks.image_size),
    ...Object.fromEntries(taken),
    ...(quirks.image_bytes !== 'none' && { response_format: quirks.image_bytes }),
    ...(isStreamed(request, target) && { stream: true, partial_images: partialImages }),
  };
}

function sizeFields(
  options: ImageOptions,
  form: ModelTarget['quirks']['image_size'],
): Record<string, string | number> {
  const { size } = options;
  if (size === undefined || form === 'none') return {};
  if (form === 'size') return { size };
  if (form === 'width_height') return { ...readSize(options) };
  return { aspect_ratio: nearestRatio(options, commonRatios) ?? '1:1' };
}

/** The images to edit in JSON; nothing for a new image. */
export function editFields(request: ReadImageRequest, target: Target): object {
  const { images } = request;
  const [first] = images;
  if (first === undefined) return {};
  refuseEdits(request, target);
  if (target.quirks.image_edits === 'image_url') return { image_url: dataUrlOf(first) };
  const urls = images.map((image) => ({ type: 'image_url', url: dataUrlOf(image) }));
  return images.length === 1 ? { image: urls[0] } : { images: urls };
}

/** An edit as a form. */
export function formOfEdit(request: ReadImageRequest, target: Target): FormPart[] {
  const { images, mask, options } = request;
  const { fidelity } = options;
  const fields = Object.entries(generationFields(request, target));
  const hasFidelity = fidelity !== undefined && target.quirks.image_fields.includes('input_fidelity');
  return [
    ...fields.map(([name, value]): FormPart => [name, String(value)]),
    ...(hasFidelity ? [['input_fidelity', fidelity] as const] : []),
    ...images.map((image): FormPart => [images.length === 1 ? 'image' : 'image[]', image]),
    ...(mask === null ? [] : [['mask', mask] as const]),
  ];
}

function refuseEdits({ images, mask }: ReadImageRequest, { quirks, title }: Target): void {
  const { image_edits: form } = quirks;
  if (form === 'none')
    throw refusedEdit('image', `The provider ${title} makes this model's images from a text only`);
  if (mask !== null)
    throw refusedEdit('mask', `The provider ${title} takes no mask: describe the place in the prompt`);
  if (form === 'image_url' && images.length > 1)
    throw refusedEdit('image', `The provider ${title} edits one image at a time`);
}

/** The refusal of an edit that an API, or a model, does not have. */
export function refusedEdit(param: 'image' | 'mask', message: string): AppError {
  return new AppError('model_refused', message, { param });
}
