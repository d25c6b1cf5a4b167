import {
  autoOr,
  type ContentPart,
  type FunctionCallOutputItem,
  type FunctionCallItem,
  givenOptions,
  ImageOptions,
  JsonObject,
  PartialImages,
  read,
  refusal,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import { argumentsOf } from '../../common/call-arguments.ts';
import { announceHostedCall, hostedCallItems, hostedCallStatus } from './hosted-call.ts';
import type { CallProgress, ToolType, WireItem } from './tool-type.ts';

type WireCall = Extract<WireItem, { type: 'image_generation_call' }>;

const { shape } = ImageOptions;

const Mask = z.object({ image_url: z.string().min(1).nullish(), file_id: z.string().min(1).nullish() });

export const ImageGenerationTool = z.object({
  action: z.enum(['generate', 'edit', 'auto'], { error: 'must be generate, edit or auto' }).nullish(),
  background: autoOr(shape.background.unwrap()),
  input_fidelity: shape.fidelity.unwrap().nullish(),
  input_image_mask: Mask.nullish(),
  model: z.string().min(1).max(200).nullish(),
  moderation: shape.moderation.unwrap().nullish(),
  output_compression: shape.compression.unwrap().nullish(),
  output_format: shape.format.unwrap().nullish(),
  partial_images: PartialImages,
  quality: autoOr(shape.quality.unwrap()),
  size: autoOr(shape.size.unwrap()),
});

const Call = z.object({
  id: z.string().min(1).max(128),
  result: z.string().nullish(),
  revised_prompt: z.string().nullish(),
});

/** Image generation: the model describes an image, or a change of one in the conversation. */
export const imageGeneration: ToolType = {
  kind: 'image_generation',
  types: ['image_generation'],
  isNamed: false,

  decode(tool, path) {
    const wire = read(ImageGenerationTool, tool, path);
    return {
      kind: 'image_generation',
      options: {
        action: wire.action ?? 'auto',
        model: wire.model ?? null,
        mask: wire.input_image_mask ? decodeMask(wire.input_image_mask, [...path, 'input_image_mask']) : null,
        partialImages: wire.partial_images ?? 0,
        image: givenOptions({
          size: wire.size,
          quality: wire.quality,
          background: wire.background,
          format: wire.output_format,
          compression: wire.output_compression,
          moderation: wire.moderation,
          fidelity: wire.input_fidelity,
        }),
      },
      declared: read(JsonObject, tool, path),
    };
  },

  items: {
    image_generation_call(value, path, makeId) {
      const { id, result, revised_prompt: prompt } = read(Call, value, path);
      // A client that keeps no images refers to the call by its id.
      if (result === undefined) return [{ type: 'item_reference', id }];
      return hostedCallItems(makeId, {
        callId: id,
        name: 'image_generation',
        kind: 'image_generation',
        arguments: { prompt: prompt ?? '' },
        output: result === null ? 'No image was made.' : outputOf(result),
      });
    },
  },

  encodeCall,

  announce: (emit, call, outputIndex, include) =>
    announceHostedCall(
      emit,
      call,
      { outputIndex, include },
      {
        encode: encodeCall,
        events: {
          began: 'response.image_generation_call.in_progress',
          started: 'response.image_generation_call.generating',
          completed: 'response.image_generation_call.completed',
        },
        report: partialImage,
      },
    ),
};

function decodeMask(
  { image_url: url, file_id: fileId }: z.output<typeof Mask>,
  path: RequestPath,
): { url: string } | { fileId: string } {
  if (url) return { url };
  if (fileId) return { fileId };
  throw refusal(path, 'must have image_url or file_id');
}

/** An image that the caller sends back: the model sees it as one. */
function outputOf(base64: string): ContentPart[] {
  return [
    { type: 'text', text: 'The image was made.' },
    { type: 'image', url: `data:${mediaTypeOf(base64)};base64,${base64}` },
  ];
}

/** By the first bytes: the item need not say its format. */
function mediaTypeOf(base64: string): string {
  if (base64.startsWith('/9j/')) return 'image/jpeg';
  return base64.startsWith('UklG') ? 'image/webp' : 'image/png';
}

function encodeCall(call: FunctionCallItem, progress: CallProgress): WireCall {
  const { id, error, detail } = call;
  const image = imageIn(progress.output);
  const made = detail?.kind === 'image_generation' ? detail : null;
  const asked = argumentsOf(call)?.['prompt'];
  const prompt = made?.revisedPrompt ?? (typeof asked === 'string' ? asked : undefined);
  return {
    id,
    type: 'image_generation_call',
    status: statusOf(call, progress),
    result: image?.base64 ?? null,
    ...(prompt !== undefined && { revised_prompt: prompt }),
    ...(made && { action: made.action, ...made.traits }),
    ...(image && { output_format: image.format }),
    ...(error && {
      error: {
        code: error.code,
        message: error.message,
        param: error.param ?? null,
        type: 'image_generation_error',
      },
    }),
  };
}

/** The type has no status for a call that was cut short. */
function statusOf(call: FunctionCallItem, progress: CallProgress): WireCall['status'] {
  const status = hostedCallStatus(call, progress);
  if (status === 'in_progress') return call.startedAt === null ? 'in_progress' : 'generating';
  return status === 'incomplete' ? 'failed' : status;
}

/** The image of a call's output. */
function imageIn(output: FunctionCallOutputItem | undefined): { format: string; base64: string } | null {
  if (output === undefined || typeof output.output === 'string') return null;
  for (const part of output.output) {
    const [, format, base64] =
      part.type === 'image' ? (/^data:image\/([\w.+-]+);base64,(.*)$/s.exec(part.url) ?? []) : [];
    if (format !== undefined && base64 !== undefined) return { format, base64 };
  }
  return null;
}

function partialImage({ detail }: FunctionCallItem) {
  if (detail?.kind !== 'image_generation' || !detail.partial) return null;
  const { index, image } = detail.partial;
  return {
    number: index,
    type: 'response.image_generation_call.partial_image',
    fields: {
      partial_image_index: index,
      partial_image_b64: image.base64,
      output_format: image.mediaType.replace(/^image\//, ''),
      ...detail.traits,
    },
  };
}
