import { type Caller, llmEmbed } from '@antiphon/contracts';
import { LOGGER, type Logger, BusClient } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { MCP_CONFIG } from '../config.ts';

/** Unit vectors of one model, or the reason why there are none: no model for embeddings is configured, or embedding failed. */
export type Embedded =
  | { model: string; vectors: number[][] }
  | { model: null; reason: 'no_model' }
  | { model: null; reason: 'failed' };

export interface EmbedderOptions {
  /** For one request to the llm service. */
  embeddingTimeoutMs: number;
}

/** Texts in one request. */
const batchSize = 64;
const batchesAtOnceMax = 4;
/** How long a request waits for an llm service that restarts. Short, because search and indexing work without vectors. */
const waitMs = 3_000;

/** Gets the vectors of texts from the llm service. */
@Injectable()
export class Embedder {
  constructor(
    private readonly bus: BusClient,
    @Inject(MCP_CONFIG) private readonly config: { fileSearch: EmbedderOptions },
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Embeds all texts or none. A failure is a result, because search and indexing go on without vectors. Throws when the signal aborts. */
  async embed(caller: Caller, texts: readonly string[], signal: AbortSignal): Promise<Embedded> {
    const limit = pLimit(batchesAtOnceMax);
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    try {
      const first = await this.embedBatch(caller, texts.slice(0, batchSize), either);
      if (first === null) return { model: null, reason: 'no_model' };
      const rest = await Promise.all(
        batchesOf(texts.slice(batchSize)).map((batch) => limit(() => this.embedBatch(caller, batch, either))),
      );
      const vectors = [first, ...rest].flatMap((batch) => {
        if (batch?.model !== first.model)
          throw new Error('the model for embeddings changed between two requests');
        return batch.vectors;
      });
      return { model: first.model, vectors };
    } catch (cause) {
      signal.throwIfAborted();
      this.logger.warn({ err: cause }, 'embeddings failed: file search uses words only');
      return { model: null, reason: 'failed' };
    } finally {
      stop.abort();
    }
  }

  private async embedBatch(caller: Caller, texts: string[], signal: AbortSignal) {
    signal.throwIfAborted();
    const request = { caller, model: null, texts };
    const time = { timeoutMs: this.config.fileSearch.embeddingTimeoutMs, waitMs };
    const { model, vectors } = await this.bus.call(llmEmbed, request, time, signal);
    if (model === null) return null;
    if (vectors.length !== texts.length) throw new Error('not every text was embedded');
    return { model, vectors: vectors.map(readUnitVector) };
  }
}

function batchesOf(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let start = 0; start < texts.length; start += batchSize)
    batches.push(texts.slice(start, start + batchSize));
  return batches;
}

/** Scales a vector to length 1, so that the similarity of two vectors is their inner product. */
function readUnitVector(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  const vector = Array.from({ length: Math.floor(bytes.length / 4) }, (_, place) =>
    bytes.readFloatLE(place * 4),
  );
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) throw new Error('an embedding has no direction');
  return vector.map((value) => value / length);
}
