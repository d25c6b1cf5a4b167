import type { ProviderImagePiece, ReadImageRequest } from '../../providers/images/images.ts';
import { nearestRatio } from '../../providers/images/images.ts';
import { type ModelTarget, pathBelow, type ProtocolCall } from '../protocol.ts';
import { ImageAnswer } from './image-answer.ts';
import { commonRatios, refusedEdit } from './request.ts';

/** Fireworks: the model is in the path, and each call makes one image. */
export function workflowCalls(
  { model, prompt, count, images, options }: ReadImageRequest,
  target: ModelTarget,
): ProtocolCall<ProviderImagePiece>[] {
  if (images.length > 0)
    throw refusedEdit('image', `The provider ${target.title} makes images from a text only`);
  const ratio = nearestRatio(options, commonRatios);
  const name = model.split('/').map(encodeURIComponent).join('/');
  return Array.from({ length: count }, () => ({
    path: pathBelow(target, `/workflows/${name}/text_to_image`),
    body: JSON.stringify({ prompt, ...(ratio !== undefined && { aspect_ratio: ratio }) }),
    framing: 'sse',
    decoder: new ImageAnswer(target.title),
  }));
}
