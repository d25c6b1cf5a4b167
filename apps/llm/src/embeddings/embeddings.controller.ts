import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { llmRoutes as routes } from '../http/routes.ts';
import { toBase64 } from '../providers/embeddings.ts';
import { ModelRouter } from '../routing/model-router.ts';

/** OpenAI's embeddings. */
@Controller()
@UseGuards(CallerGuard)
export class EmbeddingsController {
  constructor(
    private readonly router: ModelRouter,
    private readonly limits: CallerLimits,
  ) {}

  @Serves(routes.embed)
  async create(
    { body }: InputOf<typeof routes.embed>,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { model, encoding, ...request } = body;
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
