import { AppError, type Caller, type ImageGenerationOptions } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { FileParts } from '../../files/parts/file-parts.ts';
import { FileStore } from '../../files/stored/file.store.ts';

/** Reads the masks of edits. */
@Injectable()
export class MaskReader {
  constructor(
    private readonly files: FileStore,
    private readonly parts: FileParts,
    @Inject(MCP_CONFIG) private readonly config: Pick<Config, 'imageGeneration'>,
  ) {}

  /** A mask as a data URL or a link. Throws `not_found` for a file that is not the caller's, and `payload_too_large`. */
  async read(caller: Caller, mask: NonNullable<ImageGenerationOptions['mask']>): Promise<string> {
    if ('url' in mask) return mask.url;
    const { maskBytesMax } = this.config.imageGeneration;
    const file = await this.files.find(caller, mask.fileId);
    if (file.bytes > maskBytesMax)
      throw new AppError(
        'payload_too_large',
        `the mask has more than the ${maskBytesMax} bytes that are allowed`,
      );
    const chunks: Buffer[] = [];
    for await (const chunk of this.parts.read(await this.parts.of({ fileId: file.id }))) chunks.push(chunk);
    return `data:image/png;base64,${Buffer.concat(chunks).toString('base64')}`;
  }
}
