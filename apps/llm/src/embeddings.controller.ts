import { CallerGuard } from '@antiphon/service-kit';
import { Body, Controller, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { signalOfClient } from './client-signal.ts';
import { decodeEmbeddingRequest } from './embeddings/embedding-request.ts';
import { toBase64 } from './providers/embeddings.ts';
import { ModelRouter } from './routing/model-router.ts';

/** OpenAI's embeddings. */
@Controller('v1/embeddings')
@UseGuards(CallerGuard)
export class EmbeddingsController {
  constructor(@Inject(ModelRouter) private readonly router: ModelRouter) {}

  @Post()
  @HttpCode(200)
  async create(@Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { model, encoding, ...request } = decodeEmbeddingRequest(body);
    const { vectors, inputTokens } = await this.router.embed(model, request, signalOfClient(reply));
    await reply.send({
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encoding === 'base64' ? toBase64(vector) : [...vector],
      })),
      model,
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    });
  }
}
