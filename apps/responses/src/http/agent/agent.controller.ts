import { controllerFor } from '../dialect.controller.ts';

export const AgentController = controllerFor('agent', 'api/v1/responses');
