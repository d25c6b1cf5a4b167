import {
  type ImagePiece,
  type ImageRequest,
  llmEmbed,
  llmCheckImages,
  llmImage,
  llmModels,
  llmStream,
  type ModelDelta,
  type ModelInfo,
  type ModelRequest,
  type ModelSettings,
  type JsonObject,
} from '@antiphon/contracts';
import { Answers, type RequestContext } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { toBase64 } from '../providers/embeddings.ts';
import { ModelRouter } from '../routing/model-router.ts';

/** Answers the model calls of the other services. */
@Controller()
export class LlmHandler {
  constructor(private readonly router: ModelRouter) {}

  @Answers(llmStream)
  stream(request: ModelRequest, { signal, trace }: RequestContext): AsyncIterable<ModelDelta[]> {
    return this.router.ask({ ...request, chatFields: chatFieldsOf(request.settings) }, signal, trace);
  }

  @Answers(llmModels)
  async models({ named }: { named?: string | undefined }): Promise<{ models: ModelInfo[] }> {
    if (named === undefined) {
      const models = await this.router.models();
      return {
        models: models.map(({ id, provider, createdAt, isDefault }) => ({
          id,
          provider,
          createdAt,
          isDefault,
        })),
      };
    }
    await this.router.assertServed(named);
    return { models: [] };
  }

  @Answers(llmEmbed)
  async embed(
    request: { model: string | null; texts: string[] },
    { signal }: RequestContext,
  ): Promise<{ model: string | null; vectors: string[] }> {
    const model = request.model ?? this.router.embeddingModel;
    if (model === null) return { model: null, vectors: [] };
    const { vectors } = await this.router.embed(model, { input: request.texts, dimensions: null }, signal);
    return { model, vectors: vectors.map(toBase64) };
  }

  @Answers(llmCheckImages)
  async checkImages({ model }: { model: string | null }): Promise<Record<string, never>> {
    await this.router.assertMakesImages(model);
    return {};
  }

  @Answers(llmImage)
  makeImages(request: ImageRequest, { signal }: RequestContext): AsyncIterable<ImagePiece[]> {
    return this.router.makeImages(request, signal);
  }
}

/** The settings that protocols take as fields of chat completions. */
function chatFieldsOf({ stopSequences, topK }: ModelSettings): JsonObject {
  return {
    ...(stopSequences !== undefined && { stop: stopSequences }),
    ...(topK !== undefined && { top_k: topK }),
  };
}
