import { AppError, type ImageBytes } from '@antiphon/contracts';
import { readDataUrl } from '../../protocols/turns/data-url.ts';
import { imageTypeOf, type ProviderImageRequest, type ReadImageRequest } from './images.ts';
import type { LinkedContent } from '../links/linked-content.ts';

/** Images that can be edited, and their masks. */
const inputTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

/** Reads images behind data URLs and links. */
export interface ImageReader {
  /** A request with the bytes of its images. Throws `model_refused` for what is no image, and for links that cannot be read. */
  request(request: ProviderImageRequest): Promise<ReadImageRequest>;
  /** The image of an answer behind a link; null for something else. */
  answer(url: string): Promise<ImageBytes | null>;
}

/** `links` are followed to public addresses only; with null there are none. */
export function imageReader(links: LinkedContent | null, signal: AbortSignal): ImageReader {
  const read = async (url: string): Promise<ImageBytes | null> => {
    const data = readDataUrl(url) ?? readDataUrl((await links?.read(url, signal)) ?? '');
    const mediaType = data === null ? undefined : imageTypeOf(data.base64);
    return data === null || mediaType === undefined ? null : { mediaType, base64: data.base64 };
  };
  const input = async (url: string, param: string): Promise<ImageBytes> => {
    const image = await read(url);
    if (image !== null && inputTypes.includes(image.mediaType)) return image;
    throw new AppError('model_refused', `${param} must be an image: PNG, JPEG, WebP or GIF`, { param });
  };
  return {
    request: async (request) => {
      const images: ImageBytes[] = [];
      // One at a time, so that few links are read at the same time.
      for (const url of request.images) images.push(await input(url, 'image'));
      return { ...request, images, mask: request.mask === null ? null : await input(request.mask, 'mask') };
    },
    answer: read,
  };
}
