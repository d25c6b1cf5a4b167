import { openaiRoutes } from '@antiphon/dialects';
import { controllerFor } from '../dialect.controller.ts';

/** Clients of the codex dialect may use `/v1` with a header that names the dialect. */
export const OpenaiController = controllerFor('openai', openaiRoutes.responses, { profiles: ['codex'] });
