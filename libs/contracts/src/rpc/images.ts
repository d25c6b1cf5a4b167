import { z } from 'zod';
import { Caller } from '../caller.ts';
import { ImageBytes, ImageOptions, ImageTraits, partialImagesMax } from '../response/content/image.ts';
import { defineRpc, defineStream } from './rpc.ts';

/** How many images one edit may start from, as in OpenAI's API. */
export const editedImagesMax = 16;
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

/** Checks that images can be made with a model, or with the one of requests that name none. Throws `model_refused` with what to do. */
export const llmCheckImages = defineRpc({
  subject: 'llm.check-images',
  isRepeatable: true,
  request: z.object({ model: z.string().min(1).nullable() }),
  reply: z.object({}),
});
