import { controllerFor } from '../dialect.controller.ts';

/** Clients of the codex dialect are pointed at `/v1`, too: a header says that they speak it. */
export const OpenaiController = controllerFor('openai', 'v1/responses', { profiles: ['codex'] });
