import { decoded, defineRoute } from '@antiphon/contracts';
import { formOf } from '@antiphon/service-kit';
import { z } from 'zod';
import { decodeImageRequest, imageFields } from './image-request.ts';

/** The operator's limits of requests for images. */
export interface ImageLimits {
  /** Images that one request may ask for. */
  countMax: number;
  /** Bytes of all images of one edit. */
  editBytesMax: number;
}

/** What a form adds to its images: boundaries, headers and text fields. */
const formOverheadBytes = 256 * 1024;

const Usage = z.looseObject({
  input_tokens: z.int(),
  input_tokens_details: z.looseObject({ text_tokens: z.int(), image_tokens: z.int() }),
  output_tokens: z.int(),
  total_tokens: z.int(),
});
const ImageList = z.looseObject({
  created: z.int(),
  data: z.array(
    z.looseObject({
      b64_json: z.string().optional(),
      url: z.string().optional().describe('A data URL: images are not stored'),
      revised_prompt: z.string().optional(),
    }),
  ),
  output_format: z.string().optional(),
  size: z.string().optional(),
  quality: z.string().optional(),
  background: z.string().optional(),
  usage: Usage.optional().describe('Where the provider counts tokens'),
});
const ImageEvent = z.looseObject({
  type: z.string(),
  b64_json: z.string(),
  created_at: z.int(),
  size: z.string(),
  quality: z.string(),
  background: z.string(),
  output_format: z.string(),
  partial_image_index: z.int().optional(),
  usage: Usage.optional(),
});

const reply = { status: 200, description: 'The images', json: ImageList, event: ImageEvent };

/** `/v1/images`, with the operator's limits. */
export function imageRoutes({ countMax, editBytesMax }: ImageLimits) {
  const ImageBody = imageFields(countMax);
  const file = z.string().meta({ format: 'binary' });
  const ImageForm = ImageBody.extend({ image: z.union([file, z.array(file)]), mask: file.optional() });
  return {
    schemas: { requests: { ImageBody, ImageForm }, replies: { ImageList, ImageEvent } },
    /** The text fields of both requests. */
    fields: ImageBody,
    editBytesMax,
    generate: defineRoute({
      method: 'post',
      path: '/v1/images/generations',
      name: 'createImage',
      summary: 'Make images: as one answer, or as a stream with partial images',
      body: decoded(ImageBody, decodeImageRequest),
      reply,
    }),
    edit: defineRoute({
      method: 'post',
      path: '/v1/images/edits',
      name: 'createImageEdit',
      summary: 'Edit images: as one answer, or as a stream with partial images',
      form: { bytesMax: editBytesMax + formOverheadBytes, isKept: true },
      body: formOf(ImageForm),
      reply,
    }),
  };
}

export type ImageRoutes = ReturnType<typeof imageRoutes>;
