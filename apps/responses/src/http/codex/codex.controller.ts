import { controllerFor } from '../dialect.controller.ts';

export const CodexController = controllerFor('codex', 'codex/v1/responses');
