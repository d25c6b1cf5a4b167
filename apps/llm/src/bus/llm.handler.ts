import { llmEmbed, llmModels, llmStream } from '@antiphon/contracts';
import { RpcBus } from '@antiphon/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { toBase64 } from '../providers/embeddings.ts';
import { ModelRouter } from '../routing/model-router.ts';

/** Answers the model calls of the other services. */
@Injectable()
export class LlmHandler implements OnModuleInit {
  constructor(
    private readonly bus: RpcBus,
    private readonly router: ModelRouter,
  ) {}

  onModuleInit(): void {
    this.bus.handleStream(llmStream, (request, signal, trace) => this.router.ask(request, signal, trace));
    this.bus.handle(llmEmbed, (request, signal) => this.#embed(request.model, request.texts, signal));
    this.bus.handle(llmModels, ({ named }) => this.#models(named));
  }

  async #models(named: string | undefined) {
    if (named === undefined) return { models: await this.router.models() };
    await this.router.assertServed(named);
    return { models: [] };
  }

  async #embed(asked: string | null, texts: string[], signal: AbortSignal) {
    const model = asked ?? this.router.embeddingModel;
    if (model === null) return { model: null, vectors: [] };
    const { vectors } = await this.router.embed(model, { input: texts, dimensions: null }, signal);
    return { model, vectors: vectors.map(toBase64) };
  }
}
