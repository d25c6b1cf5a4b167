import { AppError, editedImagesMax, imagePromptMax, refusal } from '@antiphon/contracts';
import { type FormBody, type FormFile, receiveForm } from '@antiphon/service-kit';
import { dataUrlOf, imageTypeOf } from '../providers/images/images.ts';

/** The images of a form as data URLs, and its text fields. */
export interface EditForm {
  images: string[];
  mask: string | null;
  fields: ReadonlyMap<string, string>;
}

/** Text fields, images and mask; a prompt has up to four bytes a character. */
const formLimits = { partsMax: 64, fieldBytesMax: 4 * imagePromptMax };

/**
 * Reads the form of an edit, with its images as `image`, `image[]` or `image[0]`, and `mask`. Throws `invalid_request` where there is no image, or
 * too many, or something else than an image, and `payload_too_large`.
 */
export async function readEditForm(body: FormBody, bytesMax: number): Promise<EditForm> {
  const images: string[] = [];
  let mask: string | null = null;
  let bytesLeft = bytesMax;
  const take = async (name: string, { bytes }: FormFile): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of bytes) {
      chunks.push(chunk as Buffer); // a file of a form is a stream without encoding
      bytesLeft -= (chunk as Buffer).length;
      if (bytesLeft < 0)
        throw new AppError(
          'payload_too_large',
          `The images of an edit may have at most ${bytesMax} bytes together.`,
        );
    }
    const base64 = Buffer.concat(chunks).toString('base64');
    const mediaType = imageTypeOf(base64);
    if (mediaType?.startsWith('image/') !== true)
      throw refusal([name], 'must be an image: PNG, JPEG, WebP or GIF');
    return dataUrlOf({ mediaType, base64 });
  };
  const fields = await receiveForm(body, formLimits, async (name, file) => {
    if (name === 'mask') {
      if (mask !== null) throw refusal(['mask'], 'must be given once');
      mask = await take('mask', file);
    } else if (/^image(\[\d*\])?$/.test(name)) {
      if (images.length >= editedImagesMax)
        throw refusal(['image'], `must be at most ${editedImagesMax} images`);
      const place = images.push('') - 1;
      images[place] = await take('image', file);
    } else throw refusal([name], 'must not be a file: send images as image or image[], and mask');
  });
  if (images.length === 0)
    throw new AppError('invalid_request', 'image is required: a file', { param: 'image' });
  return { images, mask, fields };
}
