import { z } from 'zod';
import { JsonObject } from '../../json.ts';
import { ImageBytes, ImageOptions, ImageTraits, partialImagesMax } from '../content/image.ts';

/** How a request's image generation works. */
export const ImageGenerationOptions = z.object({
  /** Whether images of the conversation are edited; `auto`: the model decides for each call. */
  action: z.enum(['generate', 'edit', 'auto']),
  /** Null: the operator's model for images. */
  model: z.string().nullable(),
  /** The part of the first image that an edit may change: a data URL or a link, or a file of the caller. */
  mask: z.union([z.object({ url: z.string() }), z.object({ fileId: z.string() })]).nullable(),
  /** Unfinished versions that the caller wants on the way. */
  partialImages: z.int().min(0).max(partialImagesMax),
  image: ImageOptions,
});
export type ImageGenerationOptions = z.infer<typeof ImageGenerationOptions>;

export const ImageGenerationTool = z.object({
  kind: z.literal('image_generation'),
  options: ImageGenerationOptions,
  declared: JsonObject,
});

/** What a call made. The image itself is in the call's output alone. */
export const ImageGenerationDetail = z.object({
  kind: z.literal('image_generation'),
  action: z.enum(['generate', 'edit']),
  /** The prompt as the model, or the provider after it, wrote it. */
  revisedPrompt: z.string(),
  /** What the request asks for, and what the provider chose. */
  traits: ImageTraits,
  /** The newest unfinished version of the image, only while the tool runs. */
  partial: z.object({ index: z.int().nonnegative(), image: ImageBytes }).optional(),
});
export type ImageGenerationDetail = z.infer<typeof ImageGenerationDetail>;
