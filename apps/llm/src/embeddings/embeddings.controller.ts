import type { Caller } from '@antiphon/contracts';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller } from '@antiphon/service-kit';
import { Body, Controller, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { decodeEmbeddingRequest } from './embedding-request.ts';
import { toBase64 } from '../providers/embeddings.ts';
import { ModelRouter } from '../routing/model-router.ts';

/** OpenAI's embeddings. */
@Controller('v1/embeddings')
@UseGuards(CallerGuard)
export class EmbeddingsController {
  constructor(
    private readonly router: ModelRouter,
    private readonly limits: CallerLimits,
  ) {}

  @Post()
  @HttpCode(200)
  async create(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { model, encoding, ...request } = decodeEmbeddingRequest(body);
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    const { vectors, inputTokens } = await this.router.embed(model, request, clientGone(reply.raw));
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
