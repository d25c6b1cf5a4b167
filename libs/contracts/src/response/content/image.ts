import { z } from 'zod';

/** The bytes of an image. */
export const ImageBytes = z.object({
  /** Of the bytes themselves: `image/png`. */
  mediaType: z.string().regex(/^image\/[\w.+-]+$/),
  /** Not checked here: an expression over millions of characters exhausts the stack. */
  base64: z.string().min(1),
});
export type ImageBytes = z.infer<typeof ImageBytes>;

/** The formats of images that can be asked for. */
export const ImageFormat = z.enum(['png', 'webp', 'jpeg'], { error: 'must be png, webp or jpeg' });
export type ImageFormat = z.infer<typeof ImageFormat>;

/** How an image is made, in the words of OpenAI's API. Providers leave out what they do not have. */
export const ImageOptions = z.object({
  /** `WIDTHxHEIGHT` in pixels; left out for the provider's choice. */
  size: z
    .string()
    .regex(/^\d{2,5}x\d{2,5}$/, 'must be auto, or WIDTHxHEIGHT in pixels such as 1024x1024')
    .optional(),
  quality: z
    .enum(['low', 'medium', 'high', 'xhigh', 'max', 'standard', 'hd'], {
      error: 'must be auto, low, medium, high, xhigh, max, standard or hd',
    })
    .optional(),
  background: z.enum(['transparent', 'opaque'], { error: 'must be auto, transparent or opaque' }).optional(),
  format: ImageFormat.optional(),
  /** Percent, for JPEG and WebP. */
  compression: z
    .number({ error: 'must be a whole number from 0 to 100' })
    .int('must be a whole number from 0 to 100')
    .min(0, 'must be a whole number from 0 to 100')
    .max(100, 'must be a whole number from 0 to 100')
    .optional(),
  moderation: z.enum(['low', 'auto'], { error: 'must be auto or low' }).optional(),
  /** How closely an edit keeps to its images. */
  fidelity: z.enum(['high', 'low'], { error: 'must be high or low' }).optional(),
  /** The caller's name for its user, which the provider may use against abuse. */
  endUser: z.string().max(512).optional(),
});
export type ImageOptions = z.infer<typeof ImageOptions>;

/** How many partial images one image may have, as in OpenAI's API. */
export const partialImagesMax = 3;
const partialImages = `must be a whole number from 0 to ${partialImagesMax}`;
/** The setting `partial_images` of a request. */
export const PartialImages = z
  .number({ error: partialImages })
  .int(partialImages)
  .min(0, partialImages)
  .max(partialImagesMax, partialImages)
  .nullish();
/** What the provider chose where the request left the choice to it, in its own words. */
export const ImageTraits = z.object({
  size: z.string().max(100).optional(),
  quality: z.string().max(100).optional(),
  background: z.string().max(100).optional(),
});
export type ImageTraits = z.infer<typeof ImageTraits>;

/** A setting whose word `auto`, like null, leaves the choice to the provider. */
export function autoOr<Schema extends z.ZodType>(schema: Schema) {
  return z
    .union([z.literal('auto').transform(() => undefined), schema], {
      // The message of the choice itself, which names its words.
      error: ({ input }) => schema.safeParse(input).error?.issues[0]?.message,
    })
    .nullish();
}

/** Options without those that are left to the provider. */
export function givenOptions(options: {
  [Name in keyof ImageOptions]: ImageOptions[Name] | null;
}): ImageOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
}
