import type { ImageBytes, ImagePiece, ImageTraits, ImageUsage } from '@antiphon/contracts';
import { dataUrlOf } from '../providers/images/images.ts';
import type { DecodedImageRequest } from './image-request.ts';

type Requested = Pick<DecodedImageRequest, 'form' | 'images' | 'options' | 'count'>;

/** Finished images as the answer of OpenAI's API. */
export function encodeImages(pieces: readonly ImagePiece[], { form, options }: Requested, created: number) {
  const images = pieces.filter((piece) => piece.type === 'image');
  const end = pieces.find((piece) => piece.type === 'end');
  const [first] = images;
  return {
    created,
    data: images.map(({ image, revisedPrompt }) => ({
      ...(form === 'url' ? { url: dataUrlOf(image) } : { b64_json: image.base64 }),
      ...(revisedPrompt !== undefined && { revised_prompt: revisedPrompt }),
    })),
    ...(first && {
      ...knownTraits({ ...chosen(options), ...first.traits }),
      output_format: formatOf(first.image),
    }),
    ...(end?.usage && { usage: encodeUsage(end.usage) }),
  };
}

/** The events of a stream of images, as OpenAI's API sends them. */
export class ImageEvents {
  /** The last image, whose event has the usage. */
  private last: (ImagePiece & { type: 'image' }) | null = null;

  constructor(
    private readonly requested: Requested,
    private readonly created: number,
  ) {}

  /** The text of the events for a burst; empty where they have to wait. */
  burst(pieces: readonly ImagePiece[]): string {
    return pieces.map((piece) => this.piece(piece)).join('');
  }

  private piece(piece: ImagePiece): string {
    if (piece.type === 'partial')
      return this.event('partial_image', piece, { partial_image_index: piece.index });
    const { last } = this;
    this.last = piece.type === 'image' ? piece : null;
    if (last === null) return '';
    const usage = piece.type === 'end' ? piece.usage : null;
    return this.event('completed', last, usage === null ? {} : { usage: encodeUsage(usage) });
  }

  private event(
    name: 'partial_image' | 'completed',
    { image, traits }: { image: ImageBytes; traits: ImageTraits },
    more: object,
  ): string {
    const type = `${this.requested.images.length > 0 ? 'image_edit' : 'image_generation'}.${name}`;
    const data = {
      type,
      b64_json: image.base64,
      created_at: this.created,
      size: 'auto',
      quality: 'auto',
      background: 'auto',
      ...chosen(this.requested.options),
      ...traits,
      output_format: formatOf(image),
      ...more,
    };
    return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}

/** What the request itself says of its images. */
function chosen({ size, quality, background }: DecodedImageRequest['options']): ImageTraits {
  return {
    ...(size !== undefined && { size }),
    ...(quality !== undefined && { quality }),
    ...(background !== undefined && { background }),
  };
}

/** Without choices that are still open. */
function knownTraits(traits: ImageTraits): ImageTraits {
  return Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== 'auto'));
}

/** The format of the bytes, which may differ from the one that was asked for. */
function formatOf({ mediaType }: ImageBytes): string {
  return mediaType.replace(/^image\//, '');
}

function encodeUsage(usage: ImageUsage) {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { text_tokens: usage.inputTextTokens, image_tokens: usage.inputImageTokens },
    output_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
  };
}
