import { z } from 'zod';
import { Caller } from '../caller.ts';
import { defineStream } from './rpc.ts';

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

/** How many images one edit may start from, as in OpenAI's API. */
export const editedImagesMax = 16;
/** How many partial images one image may have, as in OpenAI's API. */
export const partialImagesMax = 3;
/** Characters of a prompt for an image, as in OpenAI's API. */
export const imagePromptMax = 32_000;

/** Asks for images. A bus request has at most 8 MiB, its images included. */
export const ImageRequest = z.object({
  caller: Caller,
  /** Null: the operator's model for images, or else the first listed model that makes them. */
  model: z.string().min(1).nullable(),
  prompt: z.string().min(1).max(imagePromptMax),
  count: z.int().min(1),
  /** The images to edit, as data URLs or links; none for a new image. */
  images: z.array(z.string().min(1)).max(editedImagesMax),
  /** The transparent parts of this image, a data URL or link, are the parts of the first image to edit. */
  mask: z.string().min(1).nullable(),
  /** How many unfinished versions of the image are wanted on the way; a provider may send fewer. */
  partialImages: z.int().min(0).max(partialImagesMax),
  options: ImageOptions,
});
export type ImageRequest = z.infer<typeof ImageRequest>;

const Tokens = z.int().nonnegative();

/** Tokens of a request for images; not every provider counts them. */
export const ImageUsage = z.object({
  inputTokens: Tokens,
  inputTextTokens: Tokens,
  inputImageTokens: Tokens,
  outputTokens: Tokens,
  totalTokens: Tokens,
});
export type ImageUsage = z.infer<typeof ImageUsage>;

/** What the provider chose where the request left the choice to it, in its own words. */
export const ImageTraits = z.object({
  size: z.string().max(100).optional(),
  quality: z.string().max(100).optional(),
  background: z.string().max(100).optional(),
});
export type ImageTraits = z.infer<typeof ImageTraits>;

/**
 * A piece of the answer: an unfinished version of the image (`index` from 0), a finished image, or the end with the usage. An answer without
 * `end` has failed.
 */
export const ImagePiece = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('partial'),
    index: z.int().nonnegative(),
    image: ImageBytes,
    traits: ImageTraits,
  }),
  z.object({
    type: z.literal('image'),
    image: ImageBytes,
    traits: ImageTraits,
    /** The prompt as the provider changed it. */
    revisedPrompt: z.string().optional(),
  }),
  z.object({
    type: z.literal('end'),
    usage: ImageUsage.nullable(),
    /** The operator's name for the provider that answered, and the provider's name of the model. */
    provider: z.string(),
    model: z.string(),
  }),
]);
export type ImagePiece = z.infer<typeof ImagePiece>;

/**
 * Makes or edits images. Errors: those of `llm.stream`; `model_refused` also where no provider makes images. A larger chunk than a message
 * travels in parts.
 */
export const llmImage = defineStream({
  subject: 'llm.image',
  request: ImageRequest,
  chunk: z.array(ImagePiece),
  isLast: (pieces) => pieces.at(-1)?.type === 'end',
});
