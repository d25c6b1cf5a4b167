import { estimateInputTokens } from '../../providers/token-estimate.ts';
import { type ModelTarget, pathBelow, type Protocol, type ProviderTarget } from '../protocol.ts';
import { GeminiAnswer } from './answer/gemini-answer.ts';
import { batchMethod, type EmbeddingMethod, readEmbeddings, vertexMethod } from './embeddings.ts';
import { GeminiImages, toImageBodies } from './images.ts';
import { bareName, modelsPath, readModels } from './models.ts';
import { traitsOf } from './model-traits.ts';
import { geminiTools } from './request/native-tools.ts';
import { toGeminiBody } from './request/request-body.ts';
import { toolNames } from './request/tools.ts';

/**
 * generateContent of Google AI (base URL `https://generativelanguage.googleapis.com/v1beta`) and of Vertex AI
 * (`https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION`, with or without `/publishers/google` at its end).
 */
export const gemini: Protocol = {
  name: 'gemini',
  quirks: { image_links: 'fetch' },
  turn(request, target) {
    const isVertex = isVertexAi(target);
    const offered = geminiTools(request, target, { isVertex });
    const method = target.isStreamed ? 'streamGenerateContent?alt=sse' : 'generateContent';
    return {
      path: modelPath(request.model, method, target),
      ...(isVertex && vertexTier(request.settings.serviceTier)),
      body: JSON.stringify(toGeminiBody(request, { account: target.account, isVertex, offered })),
      framing: 'sse',
      decoder: new GeminiAnswer({
        provider: target.title,
        account: target.account,
        model: request.model,
        signsAnswers: traitsOf(request.model, { isVertex }).signsAnswers,
        nativeTools: new Set(offered.native.keys()),
        names: toolNames(request.tools),
        estimateInputTokens: () => estimateInputTokens(request),
      }),
    };
  },
  models: {
    // Vertex AI lists the models of publishers beside the projects.
    path: (target) =>
      isVertexAi(target) ? `/v1beta1/publishers/google${modelsPath}` : pathBelow(target, modelsPath),
    read: readModels,
  },
  embeddings: {
    batch: (model, target) => embeddingMethod(model, target).batch,
    call(request, target) {
      const { name, toBody } = embeddingMethod(request.model, target);
      return { path: modelPath(request.model, name, target), body: JSON.stringify(toBody(request)) };
    },
    read: readEmbeddings,
  },
  images: {
    calls(request, target) {
      const { title } = target;
      const { method, bodies } = toImageBodies(request, { title, isVertex: isVertexAi(target) });
      return bodies.map((body) => ({
        path: modelPath(request.model, method, target),
        body: JSON.stringify(body),
        framing: 'sse',
        decoder: new GeminiImages(title),
      }));
    },
  },
};

function embeddingMethod(model: string, target: ModelTarget): EmbeddingMethod {
  return isVertexAi(target) ? vertexMethod(model) : batchMethod;
}

function isVertexAi({ host, basePath }: ProviderTarget): boolean {
  return /(^|[.-])aiplatform\.googleapis\.com$/.test(host) || /\/(projects|publishers)\//.test(basePath);
}

/** Vertex AI reads the service tier from a header. */
function vertexTier(tier: string | undefined): { headers?: Record<string, string> } {
  if (tier !== 'flex' && tier !== 'priority') return {};
  return { headers: { 'x-vertex-ai-llm-shared-request-type': tier } };
}

/** Model names that are paths below the base URL. */
const namedPath = /^(tunedModels|publishers|endpoints|projects)(\/[\w:@.-]*[\w:@-][\w:@.-]*)+$/;

/** The path of a method. A model may be given by a path: `models/…`, `tunedModels/…`, `endpoints/…`, `publishers/…/models/…`. */
function modelPath(model: string, method: string, target: ProviderTarget): string {
  if (namedPath.test(model)) return pathBelow(target, `/${model}:${method}`);
  const hasPublisher = target.basePath.includes('/publishers/') || !isVertexAi(target);
  const name = encodeURIComponent(bareName(model));
  return pathBelow(target, `${hasPublisher ? '' : '/publishers/google'}/models/${name}:${method}`);
}
