import {
  AppError,
  type Caller,
  type HostedToolOf,
  type ImageGenerationDetail,
  type ImagePiece,
  imagePromptMax,
  type ImageRequest,
  llmCheckImages,
  llmImage,
} from '@antiphon/contracts';
import { BusClient } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../../config.ts';
import {
  defineTool,
  readOnly,
  type RegisteredTool,
  type ToolContext,
  type ToolOutput,
} from '../../host/tool.ts';
import type { HostedOffer, HostedToolRunner } from '../hosted-tool-runner.ts';
import { MaskReader } from './mask-reader.ts';

type Options = HostedToolOf<'image_generation'>['options'];
type MadeImage = Extract<ImagePiece, { type: 'image' }>;

/** How long a request waits for an llm service that restarts, and how long a check of the providers may take. */
const waitMs = 3_000;
const checkTimeoutMs = 10_000;

const prompt = z.string().trim().min(1).max(imagePromptMax);
const described = prompt.describe(
  'The image to make, in all detail that matters: subject, style, composition, colours, texts.',
);
const changed = prompt.describe('The image to make, or what to change in the images of the conversation.');
const last = 'last: change the newest image of the conversation.';
const all = 'all: make a new one of all of its images.';

/** The function's parameters by the action of the request. */
const parameters = {
  generate: z.object({ prompt: described, images: z.literal('none').default('none') }),
  edit: z.object({
    prompt: changed,
    images: z.enum(['last', 'all']).default('last').describe(`${last} ${all}`),
  }),
  auto: z.object({
    prompt: changed,
    images: z
      .enum(['none', 'last', 'all'])
      .default('none')
      .describe(`none: make a new image. ${last} ${all}`),
  }),
} satisfies Record<Options['action'], z.ZodType>;

/** Makes and edits images with the providers of the llm service. */
@Injectable()
export class ImageGenerationRunner implements HostedToolRunner<'image_generation'> {
  readonly kind = 'image_generation';
  readonly names = ['image_generation'];

  constructor(
    private readonly bus: BusClient,
    @Inject(MaskReader) private readonly masks: Pick<MaskReader, 'read'>,
    @Inject(MCP_CONFIG) private readonly config: Pick<Config, 'imageGeneration'>,
  ) {}

  /** Refused where no provider makes images, with what to configure. */
  async offer(tool: HostedToolOf<'image_generation'>): Promise<HostedOffer> {
    const { model } = tool.options;
    await this.bus.call(llmCheckImages, { model }, { timeoutMs: checkTimeoutMs, waitMs });
    return { functions: this.functions(tool) };
  }

  functions({ options }: HostedToolOf<'image_generation'>): readonly RegisteredTool[] {
    const tool = defineTool({
      name: 'image_generation',
      description:
        'Makes an image from a description and shows it to the user. Use it when the user asks for an image, or for a change of one. Do not repeat the image or a link to it in your answer.',
      parameters: parameters[options.action],
      annotations: readOnly,
      timeoutMs: this.config.imageGeneration.timeoutMs,
      run: (args, context, signal) => this.make(options, args, context, signal),
    });
    return [{ ...tool, takesImages: options.action !== 'generate' }];
  }

  private async make(
    options: Options,
    { prompt: asked, images: use }: { prompt: string; images: 'none' | 'last' | 'all' },
    { caller, images = [], onDetail }: ToolContext,
    signal: AbortSignal,
  ): Promise<ToolOutput> {
    const edited = use === 'none' ? [] : use === 'last' ? images.slice(0, 1) : images;
    if (use !== 'none' && edited.length === 0)
      throw new AppError('invalid_request', 'there is no image in the conversation that could be changed');
    const detail: ImageGenerationDetail = {
      kind: 'image_generation',
      action: edited.length > 0 ? 'edit' : 'generate',
      revisedPrompt: asked,
      traits: chosenTraits(options),
    };
    const request = await this.requestOf(options, { prompt: asked, edited, caller });
    let made: MadeImage | null = null;
    for await (const burst of this.bus.stream(llmImage, request, signal, null, waitMs))
      for (const piece of burst)
        if (piece.type === 'image') made = piece;
        else if (piece.type === 'partial') {
          const { index, image } = piece;
          onDetail?.({ ...detail, traits: { ...detail.traits, ...piece.traits }, partial: { index, image } });
        }
    return this.outputOf(made, detail);
  }

  private async requestOf(
    { model, mask, partialImages, image }: Options,
    { prompt: asked, edited, caller }: { prompt: string; edited: readonly string[]; caller: Caller },
  ): Promise<ImageRequest> {
    const isMasked = mask !== null && edited.length > 0;
    return {
      caller,
      model,
      prompt: asked,
      count: 1,
      images: [...edited],
      mask: isMasked ? await this.masks.read(caller, mask) : null,
      partialImages,
      options: image,
    };
  }

  /** The model reads the image as one where it can; the text is for the others. */
  private outputOf(made: MadeImage | null, detail: ImageGenerationDetail): ToolOutput {
    if (made === null) throw new AppError('model_error', 'the provider sent no image');
    const { image, traits, revisedPrompt = detail.revisedPrompt } = made;
    const { bytesMax } = this.config.imageGeneration;
    if (image.base64.length > (bytesMax * 4) / 3)
      throw new AppError(
        'payload_too_large',
        `the image has more than the ${bytesMax} bytes that are allowed: ask for a smaller size, or for jpeg or webp`,
      );
    return {
      text: `The image was made and is shown to the user (${image.mediaType}). Prompt: ${revisedPrompt}`,
      images: [{ type: 'image', url: `data:${image.mediaType};base64,${image.base64}` }],
      detail: { ...detail, revisedPrompt, traits: { ...detail.traits, ...traits } },
    };
  }
}

/** What the request itself says of the image. */
function chosenTraits({ image: { size, quality, background } }: Options): ImageGenerationDetail['traits'] {
  return {
    ...(size !== undefined && { size }),
    ...(quality !== undefined && { quality }),
    ...(background !== undefined && { background }),
  };
}
