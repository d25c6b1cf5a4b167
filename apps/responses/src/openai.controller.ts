import { controllerFor } from './dialect.controller.ts';

export const OpenaiController = controllerFor('openai', 'v1/responses');
