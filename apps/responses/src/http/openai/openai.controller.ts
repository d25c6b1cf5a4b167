import { openaiRoutes } from '@antiphon/dialects';
import { controllerFor } from '../dialect.controller.ts';

export const OpenaiController = controllerFor(openaiRoutes.responses);
