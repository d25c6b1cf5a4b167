import type { AppError, ImageUsage } from '@antiphon/contracts';
import { protocolError, ProviderFault } from '../errors/provider-errors.ts';
import type { EventStream } from '../http/event-stream.ts';
import type { ImageReader } from './image-sources.ts';
import { addImageUsage, type MadeImagePiece, noImages, type ProviderImagePiece } from './images.ts';

/** The answers to the calls of one request as one: their images in the order of the calls, then one end with the sum of their usage. */
export async function* readImages(
  answers: readonly EventStream<ProviderImagePiece>[],
  { title, read }: { title: string; read: ImageReader },
): AsyncGenerator<MadeImagePiece[], undefined> {
  let usage: ImageUsage | null = null;
  try {
    for (const answer of answers)
      for await (const burst of answer) {
        const pieces: MadeImagePiece[] = [];
        for (const piece of burst)
          if (piece.type === 'end') usage = addImageUsage(usage, piece.usage);
          else pieces.push(await withBytes(piece, title, read));
        if (pieces.length > 0) yield pieces;
      }
    yield [{ type: 'end', usage }];
    return undefined;
  } catch (error) {
    throw hasNoApi(error)
      ? noImages(`The provider ${title} has no API for images`, { cause: error.cause })
      : error;
  } finally {
    for (const answer of answers) void answer.return();
  }
}

async function withBytes(
  piece: Exclude<ProviderImagePiece, { type: 'end' }>,
  title: string,
  read: ImageReader,
): Promise<MadeImagePiece> {
  if (piece.type !== 'link') return piece;
  const { url, type: _, ...rest } = piece;
  const image = await read.answer(url);
  if (image === null) throw protocolError(title, 'sent a link to something that is not an image');
  return { ...rest, type: 'image', image, traits: {} };
}

/** The path does not exist: of a server with OpenAI's API, only some have images. */
function hasNoApi(error: unknown): error is AppError {
  return (
    error instanceof Error && error.cause instanceof ProviderFault && error.cause.kind === 'wrong_address'
  );
}
