import { AppError, type InputOf } from '@antiphon/contracts';
import { CallerGuard, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { llmRoutes as routes } from '../http/routes.ts';
import { findListed } from '../models/listed-model.ts';
import { ModelRouter } from '../routing/model-router.ts';
import * as anthropic from './anthropic-models.ts';
import * as openai from './openai-models.ts';

/** The models that can be requested, in OpenAI's shape, or in Anthropic's for the SDKs of that API. */
@Controller()
@UseGuards(CallerGuard)
export class ModelListController {
  constructor(private readonly router: ModelRouter) {}

  @Serves(routes.listModels)
  async list(
    { headers: { shape }, query: page }: InputOf<typeof routes.listModels>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const models = await this.router.models();
    if (shape === 'openai' || page === null)
      return { object: 'list' as const, data: models.map(openai.encodeModel) };
    reply.header('request-id', reply.request.id);
    return anthropic.encodePage(models, page);
  }

  @Serves(routes.retrieveModel)
  async retrieve(
    { params: { model: id }, headers: { shape } }: InputOf<typeof routes.retrieveModel>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const model = findListed(await this.router.models(), id);
    if (model === undefined)
      throw new AppError('model_not_found', `The model "${id}" does not exist`, { param: 'model' });
    if (shape === 'openai') return openai.encodeModel({ ...model, id });
    reply.header('request-id', reply.request.id);
    return anthropic.encodeModel({ ...model, id });
  }
}
