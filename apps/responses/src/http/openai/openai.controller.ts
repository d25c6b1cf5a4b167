import { openaiRoutes } from '@antiphon/dialects';
import { controllerFor } from '../dialect.controller.ts';

/** Clients of the codex dialect may use `/v1`, too: a header says that they speak it. */
export const OpenaiController = controllerFor('openai', openaiRoutes.responses, { profiles: ['codex'] });
